"""Builds the index of a new model beside the old one, and switches to it and back, killed at random moments.

Run by test_reindexing.py as `killed_reindexing.py WORKSPACE KILLS SEED`; prints how many were killed. After
each kill the workspace must answer from one whole index.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np

from engine.corpus import embedding
from engine.corpus.embedding import build_index
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.retrieval.index import SearchIndex
from engine.retrieval.reindexing import switch_back, switch_index
from tests.integration.killed_import import MODEL, fake_embed

NEW = IndexModel("new", "e" * 64, "cls", "", 8, False, 256)


def new_embed(texts, job):
    """Vectors of another model: they take a moment."""
    time.sleep(0.001)
    return fake_embed(texts, job)[:, ::-1]


def work(folder):
    embedding.BLOCK = 16
    with Workspace.open(folder) as workspace:
        build_index(workspace, NEW, new_embed)
        for _ in range(4):
            switch_index(workspace, NEW.fingerprint)
            switch_back(workspace)


def check(folder, built):
    """The index in use is whole and answers; before the new one is built, it is the old one."""
    with Workspace.open(folder) as workspace:
        store, texts = workspace.active_vectors(), workspace.texts(1, workspace.document_count)
        assert store.model in (MODEL, NEW)
        assert store.model == MODEL or workspace.index(NEW).count == len(texts)
        embed = {MODEL: fake_embed, NEW: new_embed}[store.model]
        np.testing.assert_array_equal(store.vectors, embed(texts, None))
        query = embed(texts[:1], None)[0]
        assert SearchIndex(store).best(query, 1).rows.tolist() == [0]
        np.testing.assert_array_equal(workspace.index(MODEL).vectors, fake_embed(texts, None))
        return built or workspace.index(NEW).count == len(texts)


def main(folder, kills, seed):
    moments, killed, built = random.Random(seed), 0, False
    while True:
        child = os.fork()
        if child == 0:
            work(folder)
            os._exit(0)
        if killed < kills:
            time.sleep(moments.uniform(0.002, 0.06))
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            killed += 1
            built = check(folder, built)
            continue
        check(folder, built)
        print(killed)
        return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
