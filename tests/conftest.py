"""The environment of every test. Set before any import of torch, the hub's libraries or Qt."""

import os

os.environ.update(
    HF_HUB_OFFLINE="1",
    HF_HUB_DISABLE_TELEMETRY="1",
    TRANSFORMERS_OFFLINE="1",
    TOKENIZERS_PARALLELISM="false",
    OMP_WAIT_POLICY="PASSIVE",
    PYTORCH_JIT="0",
    MPLBACKEND="Agg",
)
# QT_QPA_PLATFORM=xcb make test shows the windows on a real display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from tests.leaks import no_leaks  # noqa: F401  (an autouse fixture, seen by pytest through this name)
