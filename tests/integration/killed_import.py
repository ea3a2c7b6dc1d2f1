"""Imports and embeds a corpus in child processes that are killed at random moments, until one gets through.

Run by test_workspace.py as `killed_import.py CORPUS WORKSPACE KILLS SEED`; prints how many were killed.
"""

import hashlib
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from engine.corpus import embedding, importing
from engine.corpus.embedding import embed_documents
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace

MODEL = IndexModel("fake", "f" * 64, "mean", "", 8, False, 256)


def fake_embed(texts, job):
    """A vector that depends on the text alone."""
    codes = [np.frombuffer(hashlib.sha256(text.encode()).digest()[:8], dtype=np.uint8) for text in texts]
    return np.stack(codes).astype(np.float32) / 255


def make(corpus, folder):
    """Import and embed with small transactions and blocks, so that there are many of both."""
    importing._ROWS_A_TRANSACTION = 100
    embedding.BLOCK = 64
    import_corpus(folder, ImportRequest(Path(corpus)))
    with Workspace.open(folder) as workspace:
        embed_documents(workspace, MODEL, fake_embed)


def main(corpus, folder, kills, seed):
    moments, killed = random.Random(seed), 0
    while True:
        child = os.fork()
        if child == 0:
            make(corpus, folder)
            os._exit(0)
        if killed < kills:
            time.sleep(moments.expovariate(1 / 0.02))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            check(folder)
            continue
        print(killed)
        return os.waitstatus_to_exitcode(status)


def check(folder):
    """Whatever is there must be whole: tables, text index, counted vectors."""
    if not (folder / "workspace.sqlite").is_file():
        return
    with Workspace.create(folder) as workspace:
        assert workspace.database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        workspace.database.execute(
            "INSERT INTO documents_text (documents_text, rank) VALUES ('integrity-check', 1)"
        )
        store = workspace.index(MODEL)
        texts = workspace.texts(1, store.count)
        assert len(texts) == store.count
        if texts:
            np.testing.assert_array_equal(store.vectors, fake_embed(texts, None))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])))
