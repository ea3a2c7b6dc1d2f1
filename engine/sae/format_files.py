"""The files by which the folder of an autoencoder is known, format by format: configuration, weights."""

from pathlib import Path

SAELENS = ("cfg.json", "sae_weights.safetensors")
SPARSIFY = ("cfg.json", "sae.safetensors")
DICTIONARY_LEARNING = ("config.json", "ae.pt")
BATCHTOPK_PAIR = ("config.json", "sae.pt")
SENTENCE_TRANSFORMERS = ("config.json", "model.safetensors")
# Folders of models hold the same two.
_ALSO_MODELS = SENTENCE_TRANSFORMERS
_OWN = (SAELENS, SPARSIFY, DICTIONARY_LEARNING, BATCHTOPK_PAIR)
_SETTING = b'"hidden_dim"'
_LONGEST_CONFIG = 64_000


def holds_autoencoder(folder: str | Path) -> bool:
    """Return whether the files in a folder are those of an autoencoder of a known format."""
    path = Path(folder)
    if any(_all_there(path, files) for files in _OWN):
        return True
    if not _all_there(path, _ALSO_MODELS) or (path / "modules.json").is_file():
        return False
    try:
        with (path / _ALSO_MODELS[0]).open("rb") as stream:
            return _SETTING in stream.read(_LONGEST_CONFIG)
    except OSError:
        return False


def _all_there(folder: Path, files: tuple[str, str]) -> bool:
    return all((folder / name).is_file() for name in files)
