"""How many features a row has in formats that know only the k largest."""

from engine.errors import UserError
from engine.sae.architectures import SparseAutoencoder


def active_per_row(sae: SparseAutoencoder, name: str) -> tuple[int, tuple[str, ...]]:
    """Return k for a format that keeps the k largest of each row, and what that changes.

    Raises:
        UserError: the autoencoder has no number of active features.
    """
    architecture = sae.config.architecture
    if architecture == "vanilla":
        raise UserError(f"{name} keeps the k largest of each row, and vanilla has no k; choose saelens")
    if architecture == "topk":
        return sae.config.k, ()
    k = max(1, round(sae.config.target_l0)) if architecture == "jumprelu" else sae.config.k
    return k, (f"the threshold is left out: the format keeps the {k} largest of each row",)


def refuse_layer_norm(sae: SparseAutoencoder, name: str) -> None:
    """Raise `UserError` if the inputs are layer-normed, which the format cannot say."""
    if sae.config.layer_norm:
        raise UserError(f"{name} has no layer norm of the inputs, which this SAE needs; choose saelens")
