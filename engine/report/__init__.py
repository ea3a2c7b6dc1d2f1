"""Reports of a result: JSON and CSV, one self-contained HTML page, figures; all from the same objects."""
