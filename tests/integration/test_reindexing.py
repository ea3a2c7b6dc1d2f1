"""A new index beside the old one: built, compared, switched to and back, and killed at any point."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from engine.concepts.dictionary import open_dictionary
from engine.corpus.embedding import build_index, document_embedder, embed_documents, index_model
from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.lock import writing
from engine.corpus.queries import save_queries, saved_queries
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, CancelToken, Job
from engine.retrieval.reindexing import (
    build_beside,
    compare_indexes,
    complete_index,
    find_model,
    switch_back,
    switch_index,
)
from tests.integration.killed_import import MODEL, fake_embed
from tests.integration.killed_reindexing import NEW, new_embed

ROOT = Path(__file__).resolve().parents[2]
NOUNS = ("honey", "bees", "market", "sugar", "winter", "cats")
QUERIES = ("bees and honey", "cold winter", "prices at the market")


@pytest.fixture
def workspace(tmp_path):
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("".join(f"{a} near {b} number {i}\n" for a in NOUNS for i, b in enumerate(NOUNS)))
    import_corpus(tmp_path / "w", ImportRequest(corpus), Job())
    with Workspace.open(tmp_path / "w") as opened:
        yield opened


def test_the_old_index_answers_until_the_switch(workspace):
    embed_documents(workspace, MODEL, fake_embed)
    build_index(workspace, NEW, new_embed)
    assert workspace.active_index == MODEL.fingerprint
    assert workspace.previous_index is None
    with pytest.raises(UserError, match="none to go back to"):
        switch_back(workspace)
    assert switch_index(workspace, NEW.fingerprint) == NEW
    assert workspace.active_vectors().model == NEW
    assert switch_back(workspace) == MODEL
    assert workspace.active_vectors().model == MODEL
    assert switch_back(workspace) == NEW


def test_what_is_not_complete_is_not_switched_to(workspace):
    embed_documents(workspace, MODEL, fake_embed)
    with pytest.raises(UserError, match="no index of the model eeeeeeee"):
        switch_index(workspace, NEW.fingerprint)
    workspace.index(NEW).append(new_embed(workspace.texts(1, 5), None))
    with pytest.raises(UserError, match="5 of 36 documents"):
        switch_index(workspace, NEW.fingerprint)
    assert workspace.active_index == MODEL.fingerprint
    report = build_index(workspace, NEW, new_embed)
    assert (report.added, report.count) == (31, 36)
    np.testing.assert_array_equal(
        complete_index(workspace, NEW.fingerprint).vectors, new_embed(workspace.texts(1, 36), None)
    )


def test_one_writer_at_a_time(workspace):
    embed_documents(workspace, MODEL, fake_embed)
    build_index(workspace, NEW, new_embed)
    with writing(workspace.folder), pytest.raises(UserError, match="another task is writing"):
        switch_index(workspace, NEW.fingerprint)


def test_a_cancelled_build_goes_on_where_it_was(workspace, monkeypatch):
    monkeypatch.setattr("engine.corpus.embedding.BLOCK", 8)
    embed_documents(workspace, MODEL, fake_embed)
    token, calls = CancelToken(), []

    def some(texts, job):
        calls.append(len(texts))
        if len(calls) == 3:
            token.cancel()
            job.cancel.check()
        return new_embed(texts, job)

    with pytest.raises(Cancelled):
        build_index(workspace, NEW, some, Job(token))
    assert workspace.index(NEW).count == 16
    assert workspace.active_index == MODEL.fingerprint
    assert build_index(workspace, NEW, new_embed).added == 20


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked, which Windows cannot")
def test_killed_at_random_moments_one_whole_index_answers(workspace):
    embed_documents(workspace, MODEL, fake_embed)
    script = Path(__file__).with_name("killed_reindexing.py")
    done = subprocess.run(
        [sys.executable, str(script), str(workspace.folder), "20", "3"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert int(done.stdout) >= 1


def test_two_indexes_on_saved_queries(workspace, tiny_encoder):
    old, new = tiny_encoder("bert", prompts={"query": "find this: "}), tiny_encoder("roberta")
    embed_documents(workspace, index_model(old), document_embedder(old))
    build_beside(workspace, new)
    seen = []
    comparison = compare_indexes(
        workspace, old, new, QUERIES, Job(report=lambda progress: seen.append(progress.fraction))
    )
    assert [model.name for model in comparison.models] == [old.info.name, new.info.name]
    documents = workspace.texts(1, 36)
    orders, scores = [], []
    for encoder in (old, new):
        prompt = "find this: " if encoder is old else ""
        queries = encoder.model.encode(list(QUERIES), prompt=prompt, show_progress_bar=False)
        scores.append(queries @ encoder.model.encode(documents, show_progress_bar=False).T)
        orders.append(np.argsort(-scores[-1], axis=1))
    for row, one in enumerate(comparison.queries):
        top = [tuple(int(i) + 1 for i in order[row, :10]) for order in orders]
        assert one.hits == tuple(top)
        assert one.overlap == pytest.approx(len(set(top[0]) & set(top[1])) / 10)
        assert one.first_texts == tuple(documents[ids[0] - 1] for ids in top)
        # A hundred hits are all there is.
        assert one.correlation == pytest.approx(spearmanr(scores[0][row], scores[1][row])[0], abs=2e-3)
    assert comparison.overlap == pytest.approx(np.mean([one.overlap for one in comparison.queries]))
    assert seen[-1] == 1
    same = compare_indexes(workspace, old, old, QUERIES)
    assert (same.overlap, same.correlation) == (1, pytest.approx(1))
    with pytest.raises(UserError, match="no saved queries"):
        compare_indexes(workspace, old, new, ())


def test_a_model_is_found_by_its_fingerprint(tiny_encoder, tmp_path):
    bert, roberta = tiny_encoder("bert").info, tiny_encoder("roberta").info
    folders = (str(tmp_path / "gone"), bert.folder, roberta.folder)
    assert find_model(roberta.fingerprint, folders) == roberta.folder
    assert find_model("0" * 64, folders) is None


def test_features_of_the_old_index_are_refused_after_the_switch(workspace):
    from engine.sae.architectures import SAEConfig, SparseAutoencoder
    from engine.sae.checkpoints import save_checkpoint
    from engine.sae.runs import TRAINING_FILE

    embed_documents(workspace, MODEL, fake_embed)
    build_index(workspace, NEW, new_embed)
    folder = workspace.folder / "saes" / "one"
    folder.mkdir(parents=True)
    save_checkpoint(SparseAutoencoder(SAEConfig("topk", MODEL.dimension, 16, k=2)), folder)
    (folder / TRAINING_FILE).write_text(f'{{"model": {{"fingerprint": "{MODEL.fingerprint}"}}}}')
    assert open_dictionary(workspace, "one").features == 16
    switch_index(workspace, NEW.fingerprint)
    with pytest.raises(UserError, match="were not trained on vectors of new"):
        open_dictionary(workspace, "one")
    switch_back(workspace)
    assert open_dictionary(workspace, "one").features == 16


def test_saved_queries_are_kept_in_the_workspace(workspace):
    assert saved_queries(workspace) == ()
    kept = save_queries(workspace, [" bees ", "", "honey", "bees"])
    assert kept == ("bees", "honey")
    with Workspace.open(workspace.folder) as other:
        assert saved_queries(other) == kept
    save_queries(workspace, ["winter"])
    assert saved_queries(workspace) == ("winter",)
