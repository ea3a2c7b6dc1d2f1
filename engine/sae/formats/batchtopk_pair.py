"""The pair `config.json` and `sae.pt` of the repositories around BatchTopK (arXiv:2412.06410); read only."""

from pathlib import Path

from engine.errors import UserError
from engine.sae.architectures import Architecture, SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import center_encoder
from engine.sae.format_files import BATCHTOPK_PAIR
from engine.sae.tensor_files import build, positive_integer, read_config, read_torch_file, take

FILES = BATCHTOPK_PAIR
_KINDS: dict[str, Architecture] = {
    "vanilla": "vanilla",
    "topk": "topk",
    "batchtopk": "topk",
    "jumprelu": "jumprelu",
}


def read(folder: Path) -> tuple[SparseAutoencoder, tuple[str, ...]]:
    """Return the autoencoder of a folder, and what had to be changed.

    These repositories keep no inference threshold of a batch top-k, so the k largest of each row are kept.
    """
    path = folder / FILES[0]
    config = read_config(path)
    kind = str(config.get("sae_type")).lower()
    architecture = _KINDS.get(kind)
    if architecture is None:
        raise UserError(
            f"{path}: sae_type {config.get('sae_type')!r} cannot be opened; {', '.join(_KINDS)} can"
        )
    tensors = read_torch_file(folder / FILES[1])
    names = {name: name for name in ("W_enc", "b_enc", "W_dec", "b_dec")}
    if architecture == "jumprelu":
        names["threshold"] = "jumprelu.log_threshold"
    parts = take(tensors, names, folder / FILES[1])
    if architecture == "jumprelu":
        parts["threshold"] = parts["threshold"].exp()
    settings = SAEConfig(
        architecture,
        positive_integer(config, "act_size", path),
        positive_integer(config, "dict_size", path),
        k=positive_integer(config, "top_k", path) if architecture == "topk" else 1,
        target_l0=1.0,
        layer_norm=bool(config.get("input_unit_norm", False)),
    )
    sae = build(settings, parts, folder)
    if architecture == "jumprelu":
        # Its encoder sees inputs that are not centred.
        center_encoder(sae)
    note = "it has no inference threshold: the k largest of each row are kept instead of the batch's"
    return sae, (note,) if kind == "batchtopk" else ()
