"""What is known about a model once it is loaded."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling
from torch import nn

from engine.encoder.loading import default_model_folder

# Tokenizers without a limit say so with a number too large for an int64.
_UNLIMITED = 10_000_000


@dataclass(frozen=True)
class ModelInfo:
    """What a result says about the model behind it.

    Attributes:
        name: the folder's name; of a snapshot in a hub's cache, the name on the hub.
        folder: where it was loaded from.
        family: the model type of its configuration ("bert", "qwen3").
        fingerprint: sha256 over weights, tokenizer, pooling and configuration.
        tokenizer: sha256 over the files of the tokenizer alone.
        pooling: how token states become one vector ("mean", "cls", "max", "lasttoken", ...).
        normalized: True if embeddings are unit vectors.
        dimension: D, the length of an embedding.
        layers: how many layers there are.
        max_tokens: tokens after which a text is cut.
        device: where it runs ("cpu", "cuda", "mps").
    """

    name: str
    folder: str
    family: str
    fingerprint: str
    tokenizer: str
    pooling: str
    normalized: bool
    dimension: int
    layers: int
    max_tokens: int
    device: str


def pooling_name(model: SentenceTransformer) -> str:
    """Return the pooling mode of a model, several joined by a plus, "none" if it does not pool."""
    pooling = next((module for module in model if isinstance(module, Pooling)), None)
    if pooling is None:
        return "none"
    mode = pooling.pooling_mode
    return mode if isinstance(mode, str) else "+".join(mode)


def is_normalized(model: SentenceTransformer) -> bool:
    """Return True if nothing follows the module that makes unit vectors."""
    return isinstance(list(model)[-1], Normalize) and model.truncate_dim is None


def token_limit(model: SentenceTransformer, network: nn.Module) -> int:
    """Return how many tokens a model can read: its own limit, or the rows of its position table.

    RoBERTa and MPNet count positions from behind the padding index, so that their tables have rows that
    no token uses; a folder that forgets it would fail on a long text.
    """
    limit: Any = model.max_seq_length or _UNLIMITED
    for module in network.modules():
        table = getattr(module, "position_embeddings", None)
        if isinstance(table, nn.Embedding):
            padding = getattr(module, "padding_idx", None)
            limit = min(limit, table.num_embeddings - (padding + 1 if isinstance(padding, int) else 0))
    return min(int(limit), _UNLIMITED)


def display_name(folder: Path) -> str:
    """Return the name under which a model is shown."""
    if folder == default_model_folder():
        return "all-MiniLM-L6-v2"
    place = folder.resolve()
    cached = place.parent.name == "snapshots" and place.parent.parent.name.startswith("models--")
    return place.parent.parent.name.split("--")[-1] if cached else place.name
