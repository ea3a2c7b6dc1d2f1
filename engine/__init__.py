"""The engine of Semascope: it knows texts, models and numbers, and never imports Qt.

Importing this package sets the process up for offline work, before any library that reads these
variables is loaded: nothing is fetched from a hub, idle OpenMP threads sleep instead of spinning
(on busy cores spinning makes small matrix products up to thirty times slower), and torch compiles no
scripts (its decompositions of backward operators, which nothing here differentiates forward; compiling
them held Python's global lock for a tenth of a second at the first explanation).
"""

import os

OFFLINE_ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "TRANSFORMERS_VERBOSITY": "error",
}

os.environ.update(OFFLINE_ENVIRONMENT)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("PYTORCH_JIT", "0")

__version__ = "0.1.0"
