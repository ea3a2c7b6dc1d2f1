"""The synthetic results keep the laws that real ones keep, so that widgets are tested on the real thing."""

import numpy as np
import pytest

from tests.gui.results import make_explanation, make_pair, make_text


def test_tokens_cover_the_words_and_specials_have_no_span():
    text = make_text("Carbohydrates are sweet.")
    assert text.tokens == ("[CLS]", "Carboh", "##ydrate", "##s", "are", "sweet", ".", "[SEP]")
    assert [word.text for word in text.words] == ["Carbohydrates", "are", "sweet", "."]
    assert text.spans[0] is text.spans[-1] is None


def test_a_cut_text_says_what_the_model_saw():
    text = make_text("one two three four", max_tokens=4)
    assert text.truncated
    assert text.text[: text.seen_characters] == "one two"


@pytest.mark.parametrize("references", ["projected", "shared"])
def test_the_ledger_closes_and_likeness_shows(references):
    pair = make_pair("Sugar is sweet", "All sugars taste good", references)
    ledger = pair.ledger
    assert ledger.explained + ledger.reference + ledger.residual == pytest.approx(ledger.similarity, abs=1e-6)
    assert np.unravel_index(pair.word_matrix.argmax(), pair.word_matrix.shape) == (0, 1)


def test_an_explanation_has_one_result_per_candidate():
    result = make_explanation(candidates=("First one here", "Second one there"))
    assert len(result.pairs) == len(result.faithfulness) == 2
    assert result.faithfulness[0].leave_one_out.shape == result.pairs[0].word_matrix.shape
