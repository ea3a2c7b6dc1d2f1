"""What a corpus looks like before it is imported."""

import pytest

from engine.corpus.importing import ImportRequest
from engine.corpus.preview import preview_corpus
from engine.errors import UserError


def test_the_first_rows_stand_under_their_columns(tmp_path):
    corpus = tmp_path / "reviews.csv"
    lines = [f'{i},"A long\nreview number {i}",{"x" * 1000}' for i in range(20)]
    corpus.write_text("id,review,note\n" + "\n".join(lines))
    preview = preview_corpus(ImportRequest(corpus))
    assert (preview.kind, preview.columns.text, preview.columns.id) == ("CSV", "review", "id")
    assert len(preview.rows) == 8
    assert preview.rows[1][:2] == ("1", "A long review number 1")
    assert len(preview.rows[1][2]) == 300
    assert preview_corpus(ImportRequest(corpus, "note")).columns.text == "note"


def test_lists_and_missing_values_are_written_plainly(tmp_path):
    corpus = tmp_path / "c.jsonl"
    corpus.write_text('{"text": "one thing", "words": ["a", "b"]}\n{"text": "another thing"}\n')
    assert preview_corpus(ImportRequest(corpus)).rows == (("one thing", "a, b"), ("another thing", ""))


def test_a_corpus_without_text_is_refused(tmp_path):
    (tmp_path / "n.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match="no column with text"):
        preview_corpus(ImportRequest(tmp_path / "n.csv"))
