"""Checkpoints to and from the formats of other programs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.sae.architectures import SparseAutoencoder
from engine.sae.checkpoints import CONFIG_FILE, WEIGHTS_FILE, load_checkpoint, save_checkpoint
from engine.sae.formats import batchtopk_pair, dictionary_learning, sentence_transformers, sparsify
from engine.sae.tensor_files import refuse_not_finite

Notes = tuple[str, ...]


def _read_saelens(folder: Path) -> tuple[SparseAutoencoder, Notes]:
    return load_checkpoint(folder), ()


_EXPORTS: dict[str, Callable[[SparseAutoencoder, Path], Notes]] = {
    "sentence-transformers": sentence_transformers.export,
    "dictionary-learning": dictionary_learning.export,
    "sparsify": sparsify.export,
}
EXPORT_FORMATS = ("saelens", *_EXPORTS)
"""Names of the formats that can be written."""

_READERS: dict[tuple[str, str], Callable[[Path], tuple[SparseAutoencoder, Notes]]] = {
    (CONFIG_FILE, WEIGHTS_FILE): _read_saelens,
    sparsify.FILES: sparsify.read,
    dictionary_learning.FILES: dictionary_learning.read,
    batchtopk_pair.FILES: batchtopk_pair.read,
    sentence_transformers.FILES: sentence_transformers.read,
}


def export_sae(
    sae: SparseAutoencoder, format_name: str, folder: str | Path, metadata: dict[str, Any] | None = None
) -> Notes:
    """Write an autoencoder in another program's format.

    Args:
        sae: the autoencoder.
        format_name: one of `EXPORT_FORMATS`.
        folder: made if it is missing.
        metadata: what to keep with it, as `save_checkpoint` does, in the one format that can: saelens.

    Returns:
        one sentence for each thing that the format cannot hold; none if nothing is lost.

    Raises:
        UserError: the format is unknown or cannot hold this autoencoder, or the folder cannot be written.
    """
    if format_name not in EXPORT_FORMATS:
        raise UserError(f"unknown format {format_name!r}; choose one of {', '.join(EXPORT_FORMATS)}")
    if format_name == "saelens":
        save_checkpoint(sae, folder, metadata)
        return ()
    return _EXPORTS[format_name](sae, Path(folder))


def import_sae(folder: str | Path) -> tuple[SparseAutoencoder, Notes]:
    """Open the folder of an autoencoder, its format told by the files in it.

    Weights are read as plain tensors; a file that would run code is refused.

    Returns:
        the autoencoder, and one sentence for each thing that differs from the original.

    Raises:
        UserError: no known format, or a broken or unsupported checkpoint.
    """
    path = Path(folder)
    for files, read in _READERS.items():
        if all((path / name).is_file() for name in files):
            sae, notes = read(path)
            # Formats differ in what they centre and scale, and making up for it may overflow.
            refuse_not_finite(sae.state_dict(), path)
            return sae, notes
    pairs = "; ".join(" and ".join(files) for files in _READERS)
    raise UserError(f"{path} holds no sparse autoencoder; a folder with one of these pairs does: {pairs}")
