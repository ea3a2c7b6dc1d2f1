"""The loaders of checkpoints of every format, of vector files, and of the states of runs.

An input is one byte that chooses the format, two for the length of the settings, the settings, the weights.
"""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import torch

from engine.concepts.codes import Codes, encode, load_codes, save_codes
from engine.concepts.saved_runs import saved_run, training_runs
from engine.errors import UserError
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import CONFIG_FILE, WEIGHTS_FILE, load_metadata, save_checkpoint
from engine.sae.conversion import EXPORT_FORMATS, export_sae, import_sae
from engine.sae.formats import batchtopk_pair, dictionary_learning, sentence_transformers, sparsify
from engine.sae.tensor_files import safetensors_bytes
from engine.sae.training_state import STATE_FILE, load_state, save_state
from engine.sae.vector_files import open_vectors
from tests.fuzz.scratch import fresh

D, F = 3, 4
PAIRS = (
    (CONFIG_FILE, WEIGHTS_FILE),
    sparsify.FILES,
    dictionary_learning.FILES,
    batchtopk_pair.FILES,
    sentence_transformers.FILES,
)
_OTHERS: tuple[tuple[str, Callable[[Path], object]], ...] = (
    ("vectors.npy", lambda path: _sum(open_vectors(path))),
    ("vectors.safetensors", lambda path: _sum(open_vectors(path))),
    (STATE_FILE, lambda path: load_state(path, _IDENTITY)),
    ("activations.safetensors", lambda path: _use_codes(load_codes(path.parent, {}))),
)
_IDENTITY = {"sae": {"architecture": "topk", "features": F, "k": 1}, "order": [0, 10]}


def run(data: bytes) -> None:
    """Open one file or pair of files; raises whatever is not allowed."""
    if len(data) < 3:
        return
    kind, length = data[0] % (len(PAIRS) + len(_OTHERS)), int.from_bytes(data[1:3], "little")
    folder = fresh("saes") / "one"
    folder.mkdir()
    if kind >= len(PAIRS):
        name, read = _OTHERS[kind - len(PAIRS)]
        (folder / name).write_bytes(data[3:])
        _allowed(lambda: read(folder / name))
        _allowed(lambda: saved_run(folder))
        return
    settings, weights = data[3 : 3 + length], data[3 + length :]
    for name, content in zip(PAIRS[kind], (settings, weights), strict=True):
        (folder / name).write_bytes(content)
    (folder / "training.json").write_bytes(settings)
    _allowed(lambda: _use(import_sae(folder)[0]))
    _allowed(lambda: load_metadata(folder))
    _allowed(lambda: saved_run(folder))
    training_runs(folder.parent.parent)


def _allowed(work: Callable[[], object]) -> None:
    with contextlib.suppress(UserError):
        work()


def _use(sae: SparseAutoencoder) -> None:
    """What opens can be used: its weights are finite, and codes come out."""
    assert all(torch.isfinite(weight).all() for weight in sae.state_dict().values())
    codes = encode(sae.requires_grad_(False), np.ones((2, sae.config.input_dim), np.float32))
    assert codes.shape == (2, sae.config.features)


def _sum(vectors: np.ndarray) -> None:
    with np.errstate(all="ignore"):
        np.asarray(vectors[:100], dtype=np.float64).sum()


def _use_codes(codes: Codes | None) -> None:
    if codes is not None:
        assert len(codes.fire_rate) == codes.by_document.shape[1]
        for feature in range(min(codes.by_document.shape[1], 10)):
            codes.feature(feature)


def pack(kind: int, settings: bytes, weights: bytes) -> bytes:
    """Return the input that stands for a pair of files."""
    return bytes([kind]) + len(settings).to_bytes(2, "little") + settings + weights


def seeds() -> list[bytes]:
    """Return a small whole file of every format."""
    found = []
    for architecture in ("topk", "jumprelu", "matryoshka", "vanilla"):
        sae = SparseAutoencoder(SAEConfig(architecture, D, F, k=2, target_l0=2.0))
        folder = fresh("seed")
        save_checkpoint(sae, folder)
        found.append(pack(0, *_pair(folder, 0)))
        for name in EXPORT_FORMATS[1:]:
            try:
                export_sae(sae, name, fresh("seed"))
            except UserError:
                continue
            kind = next(k for k, pair in enumerate(PAIRS) if k and (folder / pair[1]).is_file())
            found.append(pack(kind, *_pair(folder, kind)))
    found += [_foreign_saelens(), _batchtopk_pair()]
    found += [_other(0, _npy()), _other(1, safetensors_bytes({"a": torch.zeros(5, 3)}))]
    folder = fresh("seed")
    progress = {"position": [0, 1], "step": 1, "total_steps": 2, "seconds": 1.0, "curve": [], "vectors": 20}
    save_state(folder / STATE_FILE, {"sae.b_enc": torch.zeros(F)}, _IDENTITY, progress)
    found.append(_other(2, (folder / STATE_FILE).read_bytes()))
    sae = SparseAutoencoder(SAEConfig("topk", D, F, k=2)).requires_grad_(False)
    save_codes(folder, Codes(encode(sae, np.eye(D, dtype=np.float32))), {})
    found.append(_other(3, (folder / "activations.safetensors").read_bytes()))
    return found


@cache
def seeds_of_settings() -> list[tuple[int, bytes, bytes]]:
    """Return kind, settings and weights of each seed that is a pair of files."""
    found = []
    for seed in seeds():
        length = int.from_bytes(seed[1:3], "little")
        if seed[0] < len(PAIRS):
            found.append((seed[0], seed[3 : 3 + length], seed[3 + length :]))
    return found


def _other(kind: int, content: bytes) -> bytes:
    return bytes([len(PAIRS) + kind, 0, 0]) + content


def _pair(folder: Path, kind: int) -> tuple[bytes, bytes]:
    settings, weights = PAIRS[kind]
    return (folder / settings).read_bytes(), (folder / weights).read_bytes()


def _npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.zeros((5, 3), np.float32))
    return stream.getvalue()


def _weights() -> dict[str, torch.Tensor]:
    return {
        "W_enc": torch.ones(D, F),
        "b_enc": torch.zeros(F),
        "W_dec": torch.ones(F, D),
        "b_dec": torch.zeros(D),
    }


def _foreign_saelens() -> bytes:
    settings = {
        "architecture": "standard",
        "d_in": D,
        "d_sae": F,
        "apply_b_dec_to_input": False,
        "rescale_acts_by_decoder_norm": True,
    }
    return pack(0, json.dumps(settings).encode(), safetensors_bytes(_weights()))


def _batchtopk_pair() -> bytes:
    stream = io.BytesIO()
    torch.save(_weights(), stream)
    settings = {"sae_type": "batchtopk", "act_size": D, "dict_size": F, "top_k": 2}
    return pack(3, json.dumps(settings).encode(), stream.getvalue())
