"""An interrupt while torch is being loaded: every subcommand ends at once, without half a library."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.corpus.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
# As torch does, it aborts the process when an exception comes up in the middle of it.
TORCH = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt:
    os._exit(134)
"""


@pytest.fixture
def interrupting(tmp_path):
    """Return the environment of a process that is interrupted as soon as it imports torch."""
    (tmp_path / "stand_in" / "torch").mkdir(parents=True)
    (tmp_path / "stand_in" / "torch" / "__init__.py").write_text(TORCH)
    return {**os.environ, "PYTHONPATH": str(tmp_path / "stand_in")}


@pytest.mark.skipif(os.name == "nt", reason="Windows knows no such signal between processes")
@pytest.mark.parametrize(
    "words",
    [
        "workspace new --corpus corpus.txt",
        "train made --name one --features 16",
        "export made --sae one --format saelens --out out",
        "import made --sae one --from elsewhere",
        "label made --sae one",
        "features made --sae one",
        "concepts made --sae one --query a --candidate b",
        "inspect --text a",
    ],
)
def test_an_interrupt_while_loading_ends_at_once(words, interrupting, tmp_path):
    (tmp_path / "corpus.txt").write_text("first text\nsecond text\n")
    (tmp_path / "made").mkdir()
    with Workspace.create(tmp_path / "made"):
        before = sorted(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words.split()],
        cwd=tmp_path,
        env=interrupting,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "main.py: interrupted\n")
    left = {path for path in tmp_path.rglob("*") if "stand_in" not in path.parts and path.suffix[:3] != ".sq"}
    assert left == {path for path in before if "stand_in" not in path.parts and path.suffix[:3] != ".sq"}
