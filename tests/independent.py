"""The arithmetic of a model and of its integrated Jacobians done again, in float64 and without the engine.

References are built from the table of token embeddings and go in through ``inputs_embeds``; each state of
a batch has its own row of every input, so nothing is broadcast; derivatives are central differences; the
integral is a dense Gauss-Legendre rule.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch.overrides import TorchFunctionMode

from tests.families import FAMILIES, Family

STEP = 1e-4


class _InFloat64(TorchFunctionMode):
    """Compute in float64 where the library asks for float32, as it does in norms and in attention."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        wide = {torch.float32: torch.float64}
        args = tuple(wide.get(arg, arg) if isinstance(arg, torch.dtype) else arg for arg in args)
        kwargs = {k: wide.get(v, v) if isinstance(v, torch.dtype) else v for k, v in (kwargs or {}).items()}
        return (torch.Tensor.double if func is torch.Tensor.float else func)(*args, **kwargs)


class IndependentModel:
    """One model folder in float64.

    Args:
        folder: a folder made by ``tests.models``.
        family: its family.
    """

    def __init__(self, folder: Path, family: str) -> None:
        self.family: Family = FAMILIES[family]
        self.model = SentenceTransformer(
            str(folder), device="cpu", local_files_only=True, model_kwargs={"attn_implementation": "eager"}
        ).double()
        self.model.eval().requires_grad_(False)
        self.network = self.model[0].model

    def embeds(self, ids: np.ndarray, padded: tuple[int, ...] = ()) -> torch.Tensor:
        """Return the token embeddings (1, S, H), those at ``padded`` replaced by padding."""
        ids = torch.tensor(ids)[None].clone()
        ids[0, list(padded)] = self.model.tokenizer.pad_token_id
        return self.network.get_input_embeddings()(ids)

    def embed(self, embeds: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, D) of token embeddings (B, S, H)."""
        mask = torch.ones(embeds.shape[:2], dtype=torch.int64)
        with torch.no_grad(), _InFloat64():
            return self.model({"inputs_embeds": embeds, "attention_mask": mask})["sentence_embedding"]

    def states(self, embeds: torch.Tensor, layer: int) -> torch.Tensor:
        """Return what enters a layer, (1, S, H)."""
        seen: list[torch.Tensor] = []

        def see(states: torch.Tensor) -> torch.Tensor:
            seen.append(states)
            return states

        with _Entry(self, layer, see):
            self.embed(embeds)
        return seen[0]

    def above(self, states: torch.Tensor, layer: int, embeds: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, D) when ``states`` (B, S, H) enter a layer."""
        with _Entry(self, layer, lambda _: states):
            return self.embed(embeds.expand(len(states), -1, -1))

    def integrated_jacobians(
        self, ids: np.ndarray, content: tuple[int, ...], layer: int, panels: int = 4, nodes: int = 12
    ) -> np.ndarray:
        """Return the contributions (S, D) of all tokens, from differences along a dense rule."""
        embeds = self.embeds(ids)
        text, start = self.states(embeds, layer)[0], self.states(self.embeds(ids, content), layer)[0]
        displacement = text - start
        x, w = np.polynomial.legendre.leggauss(nodes)
        alphas = np.concatenate([(panel + (x + 1) / 2) / panels for panel in range(panels)])
        weights = torch.tensor(np.tile(w / 2 / panels, panels))
        each = torch.eye(len(ids), dtype=torch.float64)[..., None] * displacement  # (S, S, H)
        here = start + torch.tensor(alphas)[:, None, None, None] * displacement  # (N, 1, S, H)
        ends = torch.cat([here + STEP * each, here - STEP * each]).flatten(0, 1)
        plus, minus = self.above(ends, layer, embeds).unflatten(0, (2, len(alphas), -1))
        return torch.einsum("n,nsd->sd", weights, (plus - minus) / (2 * STEP)).numpy()


class _Entry:
    """Look at, or change, what one call of a layer is given."""

    def __init__(self, model: IndependentModel, layer: int, change) -> None:
        module = model.network
        for part in model.family.layers.split("."):
            module = getattr(module, part)
        shared = len(module) == 1
        if layer == 0 and model.family.entry is not None:
            self._module = getattr(model.network, model.family.entry)
        else:
            self._module = module[0 if shared else layer]
        self._skip, self._change = (layer if shared else 0), change

    def __enter__(self) -> None:
        self._original = self._module.forward
        self._module.forward = self._forward

    def __exit__(self, *_: object) -> None:
        self._module.forward = self._original

    def _forward(self, *args, **kwargs):
        self._skip -= 1
        if self._skip != -1:
            return self._original(*args, **kwargs)
        if args:
            return self._original(self._change(args[0]), *args[1:], **kwargs)
        return self._original(**{**kwargs, "hidden_states": self._change(kwargs["hidden_states"])})
