"""Checkpoints in the hands of the packages themselves, where these are installed.

None is a dependency: SAELens, dictionary_learning and sparsify pull in whole interpretability stacks. Install
one (`pip install sae-lens dictionary-learning eai-sparsify`), and its tests run.
"""

import importlib.util
import warnings

import pytest
import torch

from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.conversion import export_sae, import_sae

D, F, K = 6, 12, 3
X = torch.randn(40, D, generator=torch.Generator().manual_seed(9))


def needs(package: str):
    missing = importlib.util.find_spec(package) is None
    return pytest.mark.skipif(missing, reason=f"{package} is not installed; install it to run this")


def trained(architecture: str) -> SparseAutoencoder:
    sae = SparseAutoencoder(SAEConfig(architecture, D, F, k=K, target_l0=3))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in (sae.encoder, sae.b_enc, sae.b_dec):
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.3)
        if architecture == "jumprelu":
            sae.threshold.copy_(torch.rand(F, generator=generator))
        elif architecture in {"batchtopk", "matryoshka"}:
            sae.threshold.fill_(0.4)
    return sae


@pytest.fixture(autouse=True)
def _foreign_warnings():
    """Let these packages warn of what they like."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@needs("sae_lens")
@pytest.mark.parametrize("architecture", ["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"])
def test_saelens(tmp_path, architecture):
    from sae_lens import SAE

    sae = trained(architecture)
    export_sae(sae, "saelens", tmp_path / "out")
    theirs = SAE.load_from_disk(tmp_path / "out")
    torch.testing.assert_close(theirs.encode(X), sae.encode(X).codes, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(theirs(X), sae(X), rtol=1e-5, atol=1e-6)
    theirs.save_model(tmp_path / "in")
    again, _ = import_sae(tmp_path / "in")
    torch.testing.assert_close(again(X), sae(X), rtol=1e-5, atol=1e-6)


@needs("dictionary_learning")
@pytest.mark.parametrize("architecture", ["vanilla", "topk", "batchtopk", "matryoshka", "jumprelu"])
def test_dictionary_learning(tmp_path, architecture):
    from dictionary_learning.dictionary import AutoEncoder, JumpReluAutoEncoder
    from dictionary_learning.trainers.batch_top_k import BatchTopKSAE
    from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKSAE
    from dictionary_learning.trainers.top_k import AutoEncoderTopK

    kinds = {
        "vanilla": AutoEncoder,
        "topk": AutoEncoderTopK,
        "batchtopk": BatchTopKSAE,
        "matryoshka": MatryoshkaBatchTopKSAE,
        "jumprelu": JumpReluAutoEncoder,
    }
    sae = trained(architecture)
    export_sae(sae, "dictionary-learning", tmp_path / "out")
    theirs = kinds[architecture].from_pretrained(str(tmp_path / "out" / "ae.pt"))
    with torch.no_grad():
        torch.testing.assert_close(theirs(X), sae(X), rtol=1e-5, atol=1e-6)


@needs("sparsify")
def test_sparsify(tmp_path):
    from sparsify.sparse_coder import SparseCoder

    sae = trained("topk")
    export_sae(sae, "sparsify", tmp_path / "out")
    theirs = SparseCoder.load_from_disk(tmp_path / "out", device="cpu")
    with torch.no_grad():
        torch.testing.assert_close(theirs(X).sae_out, sae(X), rtol=1e-5, atol=1e-6)
    theirs.save_to_disk(tmp_path / "in")
    again, _ = import_sae(tmp_path / "in")
    torch.testing.assert_close(again(X), sae(X), rtol=1e-5, atol=1e-6)
