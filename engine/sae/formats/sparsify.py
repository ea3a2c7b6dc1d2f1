"""EleutherAI's sparsify (`eai-sparsify`): `cfg.json` and `sae.safetensors`, the k largest of each row."""

from pathlib import Path

from engine.errors import UserError
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.format_files import SPARSIFY
from engine.sae.formats.active import active_per_row, refuse_layer_norm
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

FILES = SPARSIFY


def export(sae: SparseAutoencoder, folder: Path) -> tuple[str, ...]:
    """Write the folder of a `SparseCoder`; return what the format cannot hold."""
    refuse_layer_norm(sae, "sparsify")
    k, notes = active_per_row(sae, "sparsify")
    config = {
        "activation": "topk",
        "expansion_factor": max(1, sae.config.features // sae.config.input_dim),
        "normalize_decoder": True,
        "num_latents": sae.config.features,
        "k": k,
        "multi_topk": False,
        "skip_connection": False,
        "transcode": False,
        "d_in": sae.config.input_dim,
    }
    tensors = {
        "encoder.weight": sae.encoder,
        "encoder.bias": sae.b_enc,
        "W_dec": sae.W_dec,
        "b_dec": sae.b_dec,
    }
    write_folder(folder, {FILES[1]: safetensors_bytes(tensors), FILES[0]: json_bytes(config)})
    return notes


def read(folder: Path) -> tuple[SparseAutoencoder, tuple[str, ...]]:
    """Return the autoencoder of the folder of a `SparseCoder`."""
    path = folder / FILES[0]
    config = read_config(path)
    if config.get("activation", "topk") != "topk" or config.get("transcode") or config.get("skip_connection"):
        raise UserError(f"{path}: only plain top-k autoencoders can be opened, no transcoders or group max")
    names = {"encoder": "encoder.weight", "b_enc": "encoder.bias", "W_dec": "W_dec", "b_dec": "b_dec"}
    parts = take(read_safetensors(folder / FILES[1]), names, folder / FILES[1])
    encoder = parts.pop("encoder")
    settings = SAEConfig(
        "topk",
        positive_integer(config, "d_in", path),
        positive_integer(config, "num_latents", path) if config.get("num_latents") else len(encoder),
        k=positive_integer(config, "k", path),
    )
    return build(settings, {**parts, "W_enc": encoder.mT}, folder), ()
