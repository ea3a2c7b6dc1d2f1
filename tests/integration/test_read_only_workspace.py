"""Every subcommand on a workspace that may be read and not written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.resources import resource
from tests.read_only import read_only_copy

ROOT = Path(__file__).resolve().parents[2]
SAE = "wordnet-3072"
RUN = """
import contextlib, io, json, sys
from pathlib import Path
import keybert
from engine.cli import main
from tests.read_only import become_nobody
folder, other, out = map(Path, sys.argv[1:4])
asked = json.loads(sys.argv[4])

def run(words, folder):
    words = [word.replace("WORKSPACE", str(folder)).replace("OUT", str(out)) for word in words]
    printed, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(said):
        code = main(words)
    return code, len(printed.getvalue()), said.getvalue()

for words in asked["warm"]:
    assert run(words, other)[0] == 0, words
for path in out.iterdir():
    path.unlink()
become_nobody(out)
for words in asked["all"]:
    print(json.dumps(run(words, folder)), flush=True)
"""
PAIR = ("--query", "a small wild cat", "--candidate", "a lynx")
QUICK = ("--no-faithfulness", "--layer", "4")
READING = [
    ("search", "WORKSPACE", "--query", "a wild cat", "--sae", SAE, "--steer", "12=1", "--top", "2",
     "--explain", "--html", "OUT/search.html"),
    ("search", "WORKSPACE", *PAIR),
    ("explain", *PAIR, *QUICK, "--workspace", "WORKSPACE", "--sae", SAE, "--fold-families",
     "--bundle", "OUT/explain.semareport"),
    ("concepts", "WORKSPACE", "--sae", SAE, *PAIR),
    ("features", "WORKSPACE", "--sae", SAE, "--search", "bees", "--top", "3"),
    ("features", "WORKSPACE", "--sae", SAE, "--feature", "12", "--top", "2", "--html", "OUT/feature.html"),
    ("report", "OUT/search.html", "OUT/feature.html", "--html", "OUT/report.html", "--pdf", "OUT/report.pdf"),
    ("verify", "OUT/report.html"),
    ("verify", "OUT/explain.semareport"),
    ("export", "WORKSPACE", "--sae", SAE, "--format", "saelens", "--out", "OUT/exported"),
]  # fmt: skip
WRITING = [
    ("workspace", "WORKSPACE", "--corpus", "OUT/../corpus.txt"),
    ("train", "WORKSPACE", "--name", "new", "--architecture", "topk", "--features", "16", "--k", "4",
     "--batch-size", "4"),
    ("label", "WORKSPACE", "--sae", SAE),
    ("import", "WORKSPACE", "--sae", "new", "--from", "OUT/exported"),
    ("export", "WORKSPACE", "--sae", SAE, "--format", "saelens", "--out", "WORKSPACE/exported"),
    ("search", "WORKSPACE", "--query", "a wild cat", "--top", "1", "--json", "WORKSPACE/hits.json"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="modes of files are those of POSIX")
def test_every_subcommand_reads_a_read_only_workspace_and_writing_is_one_line():
    with read_only_copy(resource("sample")) as (folder, other, out):
        warm = [READING[place] for place in (0, 2, 5, 6, 8)]
        corpus = out.parent / "corpus.txt"
        corpus.write_text("one small text\nanother\n", encoding="utf-8")
        corpus.chmod(0o644)
        asked = json.dumps({"warm": warm, "all": [*READING, *WRITING]})
        before = sorted(path for path in folder.rglob("*"))
        done = subprocess.run(
            [sys.executable, "-c", RUN, folder, other, out, asked],
            check=False, capture_output=True, text=True, cwd=ROOT, timeout=280,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(results) == len(READING) + len(WRITING), done.stderr
        for words, (code, printed, said) in zip(READING, results, strict=False):
            assert (code, said) == (0, ""), words
            assert printed or "--html" in words
        for words, (code, printed, said) in zip(WRITING, results[len(READING) :], strict=True):
            assert (code, printed) == (2, 0), words
            # A note on the settings may stand before it.
            *notes, line = said.splitlines()
            assert all(note.startswith("note: ") for note in notes), said
            assert str(folder) in line
            assert "cannot" in line
            assert "kept" not in line
        assert sorted(path for path in folder.rglob("*")) == before
