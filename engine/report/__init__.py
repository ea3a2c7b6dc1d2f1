"""Reports of a result: JSON and CSV, one self-contained HTML page, figures; all from the same objects."""

import logging

# It warns where the home cannot be written, and then does without a list of fonts that lasts.
logging.getLogger("matplotlib").setLevel(logging.ERROR)
