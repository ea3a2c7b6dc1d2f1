"""A dictionary of features without a workspace around it."""

from pathlib import Path

from scipy.sparse import csr_array

from engine.concepts.codes import Codes
from engine.concepts.dictionary import Dictionary
from engine.sae.architectures import SparseAutoencoder


def dictionary_of(sae: SparseAutoencoder) -> Dictionary:
    empty = Codes(csr_array((0, sae.config.features), dtype="float32"))
    return Dictionary("made up", Path("nowhere"), sae, None, empty, {})
