"""The module `SparseAutoEncoder` of sentence-transformers: `config.json` and `model.safetensors`.

It keeps the k largest of each row, and its decoder is the transpose of its encoder.
"""

from pathlib import Path

import torch

from engine.errors import UserError
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.format_files import SENTENCE_TRANSFORMERS
from engine.sae.formats.active import active_per_row
from engine.sae.tensor_files import (
    build,
    json_bytes,
    positive_integer,
    read_config,
    read_safetensors,
    safetensors_bytes,
    take,
    write_folder,
)

FILES = SENTENCE_TRANSFORMERS
_SHARED = ("encoder.weight", "decoder.linear.weight")


def export(sae: SparseAutoencoder, folder: Path) -> tuple[str, ...]:
    """Write the module's folder; return what the format cannot hold."""
    k, notes = active_per_row(sae, "sentence-transformers")
    config = {
        "input_dim": sae.config.input_dim,
        "hidden_dim": sae.config.features,
        "k": k,
        "k_aux": min(512, sae.config.features),
        "normalize": sae.config.layer_norm,
        "dead_threshold": 30,
    }
    tensors = {
        _SHARED[0]: sae.encoder,
        "pre_bias": sae.b_dec,
        "latent_bias": sae.b_enc,
        "stats_last_nonzero": torch.zeros(sae.config.features, dtype=torch.int64),
    }
    write_folder(folder, {FILES[1]: safetensors_bytes(tensors), FILES[0]: json_bytes(config)})
    if not torch.equal(sae.encoder, sae.W_dec):
        notes += ("the decoder is left out: the format uses the transpose of the encoder",)
    return notes


def read(folder: Path) -> tuple[SparseAutoencoder, tuple[str, ...]]:
    """Return the autoencoder of the module's folder."""
    path = folder / FILES[0]
    config = read_config(path)
    if "hidden_dim" not in config:
        raise UserError(f"{path} is not of a SparseAutoEncoder; give the folder of that module")
    tensors = read_safetensors(folder / FILES[1])
    # Encoder and decoder share one matrix, which may be stored under either name.
    shared = next((name for name in _SHARED if name in tensors), _SHARED[0])
    names = {"encoder": shared, "b_dec": "pre_bias", "b_enc": "latent_bias"}
    parts = take(tensors, names, folder / FILES[1])
    encoder = parts.pop("encoder")
    settings = SAEConfig(
        "topk",
        positive_integer(config, "input_dim", path),
        positive_integer(config, "hidden_dim", path),
        k=positive_integer(config, "k", path),
        layer_norm=bool(config.get("normalize", False)),
    )
    return build(settings, {**parts, "W_enc": encoder.mT, "W_dec": encoder}, folder), ()
