"""Embeddings of the features' names, by which features are found by what they mean."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.concepts.kept import keep, load_kept
from engine.concepts.moments import unit
from engine.encoder import Encoder
from engine.jobs import Job

NAMES_FILE = "names.safetensors"
_NAMES_A_STEP = 256


def open_name_vectors(
    dictionary: Dictionary, encoder: Encoder, names: Sequence[str], job: Job | None = None
) -> FloatArray:
    """Return the embeddings (F, D) of names at unit length; zeros for an empty name.

    They are kept in the dictionary's folder by their text, so that a changed name costs one embedding, and
    a cancelled run loses nothing.

    Args:
        dictionary: the features.
        encoder: of the model that the features belong to.
        names: F names.
        job: progress and cancellation.

    Raises:
        UserError: the encoder is another model than the one of the features.
    """
    dictionary.check_model(encoder.info.fingerprint)
    job, path = job or Job(), dictionary.folder / NAMES_FILE
    known = _load(path, dictionary)
    wanted = dict.fromkeys(name for name in names if name)
    missing = [name for name in wanted if name not in known]
    try:
        for start in range(0, len(missing), _NAMES_A_STEP):
            block = missing[start : start + _NAMES_A_STEP]
            part = job.part(start / len(missing), (start + len(block)) / len(missing))
            part.step("names", 0)
            vectors = encoder.embed([encoder.tokenize(name) for name in block], part)
            known.update(zip(block, unit(vectors), strict=True))
    finally:
        if any(name in known for name in missing):
            _save(path, {name: known[name] for name in wanted if name in known}, dictionary)
    found = np.zeros((len(names), dictionary.decoder.shape[1]), dtype=np.float32)
    for row, name in enumerate(names):
        if name:
            found[row] = known[name]
    return found


def _load(path: Path, dictionary: Dictionary) -> dict[str, FloatArray]:
    kept = load_kept(path, _stamp(dictionary))
    if kept is None:
        return {}
    names = json.loads(kept["names"].tobytes())
    return dict(zip(names, kept["vectors"], strict=True))


def _save(path: Path, known: dict[str, FloatArray], dictionary: Dictionary) -> None:
    names = np.frombuffer(json.dumps(list(known)).encode(), dtype=np.uint8)
    keep(path, {"names": names.copy(), "vectors": np.stack(list(known.values()))}, _stamp(dictionary))


def _stamp(dictionary: Dictionary) -> dict[str, str]:
    return {"model": dictionary.index.model.fingerprint}
