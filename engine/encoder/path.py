"""The upper part of a model as a function of the states that enter one of its layers."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from engine.encoder.layers import LayerSite, replaced_states


class EncoderPath:
    """The model above one layer as a differentiable function of the states that enter it.

    Attributes:
        text_states: (S, H) what enters the layer for the text.
        reference_states: (S, H) the same with every content token's embedding replaced by padding.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        features: dict[str, Any],
        site: LayerSite,
        text_states: torch.Tensor,
        reference_states: torch.Tensor,
        watched: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self.text_states = text_states
        self.reference_states = reference_states
        self._model, self._features, self._site, self._watched = model, features, site, watched

    def __call__(self, states: torch.Tensor) -> torch.Tensor:
        """Return the embeddings (B, D) for states (B, S, H) entering the layer.

        Layers below run once on the text as a batch of one; the mask broadcasts over the batch.
        """
        transformer, *others = self._model
        with self._watched(), replaced_states(self._site, states):
            features = transformer(dict(self._features))
        features["attention_mask"] = features["attention_mask"].expand(states.shape[0], -1)
        for module in others:
            features = module(features)
        return embedding_of(self._model, features)


def embedding_of(model: SentenceTransformer, features: dict[str, Any]) -> torch.Tensor:
    """Return the embeddings (B, D) in the output of a model, cut to the dimension that it is set to."""
    embedding: torch.Tensor = features["sentence_embedding"]
    return embedding[..., : model.truncate_dim]
