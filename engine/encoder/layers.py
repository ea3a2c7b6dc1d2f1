"""Where the layers of a transformer are, and how to read or replace the states that enter one."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from engine.errors import UserError

# Paths from the transformers model to its list of layers, most common first.
_KNOWN_PATHS = (
    "encoder.layer",
    "encoder.block",
    "encoder.layers",
    "transformer.layer",
    "layers",
    "model.layers",
    "decoder.layers",
    "transformer.h",
    "h",
)


@dataclass(frozen=True)
class LayerSite:
    """The entry of one layer: a module, and which of its calls in a forward pass is meant.

    ALBERT runs one shared module once per layer; everybody else calls each module once.
    """

    module: nn.Module
    call: int = 0


def find_layers(model: nn.Module, path: str | None = None) -> list[LayerSite]:
    """Return the entries of the layers of a transformers model, first layer first.

    Args:
        model: the transformers model inside a sentence-transformers Transformer module.
        path: dotted path to the list of layers, for a family that is not known.

    Raises:
        UserError: there is no list of layers at `path`, or none was found.
    """
    if path is not None:
        layers = _follow(model, path)
        if not isinstance(layers, nn.ModuleList) or len(layers) == 0:
            raise UserError(f"{path!r} is not a list of layers of this model; give the dotted path of one")
        return [LayerSite(layer) for layer in layers]
    shared = _follow(model, "encoder.albert_layer_groups")
    if isinstance(shared, nn.ModuleList):
        return _shared_layers(shared, int(model.config.num_hidden_layers))  # type: ignore[union-attr, arg-type]
    for known in _KNOWN_PATHS:
        layers = _follow(model, known)
        if isinstance(layers, nn.ModuleList) and len(layers) > 0:
            first = layers[0]
            # DeBERTa with a convolution reads the states of the first layer a second time, beside it.
            if _follow(model, "encoder.conv") is not None:
                first = model.encoder  # type: ignore[assignment]
            return [LayerSite(first), *(LayerSite(layer) for layer in layers[1:])]
    raise UserError(
        f"the layers of {type(model).__name__} were not found; "
        "give their dotted path (for example encoder.layer) as the layer path"
    )


def find_token_table(model: Any) -> nn.Embedding | None:
    """Return the table that a transformers model names as its token embeddings, None if it has none."""
    try:
        table = model.get_input_embeddings()
    except (AttributeError, NotImplementedError):
        return None
    return table if isinstance(table, nn.Embedding) else None


def _follow(model: nn.Module, path: str) -> Any:
    place: Any = model
    for part in path.split("."):
        place = getattr(place, part, None)
        if place is None:
            return None
    return place


def _shared_layers(groups: nn.ModuleList, depth: int) -> list[LayerSite]:
    sites, calls = [], [0] * len(groups)
    for layer in range(depth):
        group = int(layer / (depth / len(groups)))
        sites.append(LayerSite(groups[group], calls[group]))
        calls[group] += 1
    return sites


@contextlib.contextmanager
def captured_states(site: LayerSite) -> Iterator[list[torch.Tensor]]:
    """Collect the hidden states (S, H) that enter `site` in the pass over one text inside the block.

    Raises:
        UserError: the layer was not called, or not with the states of one text.
    """
    seen: list[torch.Tensor] = []

    def keep(hidden: torch.Tensor) -> torch.Tensor:
        seen.append(hidden)
        return hidden

    with _entry_hook(site, keep):
        yield seen
    if len(seen) != 1 or seen[0].ndim != 3 or len(seen[0]) != 1:
        raise UserError(
            f"{type(site.module).__name__} does not take the states of a text; give the dotted path of the "
            "list of layers as the layer path"
        )
    seen[:] = [seen[0][0]]


@contextlib.contextmanager
def replaced_states(site: LayerSite, states: torch.Tensor) -> Iterator[None]:
    """Let `states` (batch, tokens, hidden) enter `site` in place of what the model computed."""
    with _entry_hook(site, lambda _: states):
        yield


@contextlib.contextmanager
def _entry_hook(site: LayerSite, change: Any) -> Iterator[None]:
    calls = -1

    def hook(_: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        nonlocal calls
        calls += 1
        if calls != site.call:
            return args, kwargs
        if args:
            return (change(args[0]), *args[1:]), kwargs
        if "hidden_states" in kwargs:
            kwargs = {**kwargs, "hidden_states": change(kwargs["hidden_states"])}
        return args, kwargs

    handle = site.module.register_forward_pre_hook(hook, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()
