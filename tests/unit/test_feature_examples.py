"""Examples of a feature: planted activations, and words by hand."""

import numpy as np
import pytest
import torch

from engine.concepts.dictionary import open_dictionary
from engine.concepts.examples import feature_examples, pre_activations
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Cancelled, Job
from tests.planted import NAME, plant

COUNT, FEATURES = 100, 4


@pytest.fixture
def opened(tmp_path):
    """Feature 0 fires on the documents 60 to 99, ever stronger; the others nowhere."""
    activations = np.zeros((COUNT, FEATURES))
    activations[:, 0] = np.arange(COUNT) / 100 - 0.095
    folder = plant(tmp_path / "w", activations, metadata=[{"n": i} for i in range(COUNT)])
    with Workspace.open(folder) as workspace:
        yield workspace, open_dictionary(workspace, NAME)


def test_top_quantiles_and_near_misses_are_those_that_were_planted(opened):
    examples = feature_examples(*opened, 0, top=3, near_misses=4)
    assert [example.document.text for example in examples.top] == [f"document {i}" for i in (99, 98, 97)]
    assert examples.top[0].document.metadata == {"n": 99}
    np.testing.assert_allclose([e.activation for e in examples.top], [0.895, 0.885, 0.875], atol=1e-6)
    # 40 active documents: tenths of four, of which the third is taken, strongest tenth first.
    assert [e.document.id - 1 for e in examples.quantiles] == list(range(97, 60, -4))
    assert [e.band for e in examples.quantiles] == list(range(10, 0, -1))
    assert [e.document.id - 1 for e in examples.near_misses] == [59, 58, 57, 56]
    np.testing.assert_allclose(examples.near_misses[0].activation, 0.495, atol=1e-6)


def test_a_dead_feature_has_near_misses_alone(opened):
    examples = feature_examples(*opened, 1, near_misses=3)
    assert (examples.top, examples.quantiles) == ((), ())
    assert [e.document.id for e in examples.near_misses] == [1, 2, 3]


def test_few_active_documents_give_few_quantiles(tmp_path):
    folder = plant(tmp_path / "few", np.array([[1.0], [0.9], [0.0]]))
    with Workspace.open(folder) as workspace:
        examples = feature_examples(workspace, open_dictionary(workspace, NAME), 0)
    assert [e.document.id for e in examples.quantiles] == [1, 2]
    assert len(examples.near_misses) == 1


def test_pre_activations_are_those_of_the_autoencoder(opened, monkeypatch):
    _, dictionary = opened
    monkeypatch.setattr("engine.concepts.examples._ROWS", 7)
    generator = torch.Generator().manual_seed(0)
    sae = dictionary.sae
    with torch.no_grad():
        sae.encoder.copy_(torch.randn(FEATURES, FEATURES, generator=generator))
        sae.b_dec.copy_(torch.randn(FEATURES, generator=generator))
        sae.b_enc.copy_(torch.randn(FEATURES, generator=generator))
    vectors = np.array(dictionary.index.vectors, dtype=np.float64)
    weights, shift = sae.encoder.double().numpy(), sae.b_dec.double().numpy()
    expected = (vectors - shift) @ weights[2] + float(sae.b_enc[2])
    np.testing.assert_allclose(pre_activations(dictionary, 2), expected, atol=1e-5)


@pytest.mark.parametrize("feature", [-1, FEATURES])
def test_an_unknown_feature_is_refused(opened, feature):
    with pytest.raises(UserError, match=f"there is no feature {feature}: planted has 0 to 3"):
        feature_examples(*opened, feature)


def test_it_can_be_cancelled(opened):
    job = Job()
    job.cancel.cancel()
    with pytest.raises(Cancelled):
        feature_examples(*opened, 0, job=job)
