"""Tiny random models of every family, saved as sentence-transformers folders.

The weights are random but far from their usual initial values: attention is uneven, norms have scales and
the padding token has a vector, so that a test that ignores any of them fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.families import FAMILIES, HIDDEN

if TYPE_CHECKING:
    import torch

    from engine.encoder import Encoder

MAX_TOKENS = 96
PROMPTS = {"query": "find this: ", "document": "text: "}


def save_model(
    folder: Path,
    family: str,
    *,
    pooling: str | None = None,
    normalize: bool = True,
    prompts: dict[str, str] | None = None,
    include_prompt: bool = True,
    dense: int | None = None,
    padding_side: str | None = None,
    lowercase: bool = False,
    max_tokens: int | None = MAX_TOKENS,
    dtype: str = "float32",
    seed: int = 0,
    **changes: Any,
) -> Path:
    """Make a random model of a family and save it as a sentence-transformers folder.

    Args:
        folder: where to; made if it is not there.
        family: a key of `FAMILIES`.
        pooling: "mean", "cls", "max", "lasttoken", "weightedmean", ...; the family's usual one by default.
        normalize: end with a module that makes embeddings unit vectors.
        prompts: names and texts of prompts.
        include_prompt: False keeps the prompt's tokens out of the pooling.
        dense: dimension of a linear module (with tanh) between pooling and normalization.
        padding_side: "left" or "right", if not the family's own.
        lowercase: the setting `do_lower_case` of the Transformer module.
        max_tokens: tokens after which a text is cut; None leaves it to the architecture.
        dtype: of the saved weights: "float32", "float16" or "bfloat16".
        seed: of the random weights.
        changes: settings of the configuration to replace.
    """
    import torch
    from transformers import AutoModel, T5EncoderModel
    from transformers.utils.logging import disable_progress_bar

    kind = FAMILIES[family]
    config, tokenizer = kind.build()
    for name, value in changes.items():
        setattr(config, name, value)
    network = T5EncoderModel(config) if family == "t5" else AutoModel.from_config(config)
    randomize(network, seed)
    folder.mkdir(parents=True, exist_ok=True)
    disable_progress_bar()
    network.to(getattr(torch, dtype)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if padding_side is not None:
        change_json(folder / "tokenizer_config.json", padding_side=padding_side)
    settings: dict[str, Any] = {"do_lower_case": lowercase}
    if max_tokens is not None:
        settings["max_seq_length"] = max_tokens
    write_json(folder / "sentence_bert_config.json", settings)
    modes = {
        "cls": "cls_token",
        "mean": "mean_tokens",
        "max": "max_tokens",
        "weightedmean": "weightedmean_tokens",
    }
    mode = pooling or kind.pooling
    write_json(
        folder / "1_Pooling" / "config.json",
        {
            "word_embedding_dimension": HIDDEN,
            f"pooling_mode_{modes.get(mode, mode)}": True,
            "include_prompt": include_prompt,
        },
    )
    modules = [("", "Transformer"), ("1_Pooling", "Pooling")]
    if dense is not None:
        modules.append(("2_Dense", "Dense"))
        _save_dense(folder / "2_Dense", dense, seed)
    if normalize:
        modules.append((f"{len(modules)}_Normalize", "Normalize"))
        (folder / modules[-1][0]).mkdir(exist_ok=True)
    write_json(
        folder / "modules.json",
        [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{name}"}
            for i, (path, name) in enumerate(modules)
        ],
    )
    write_json(
        folder / "config_sentence_transformers.json",
        {"prompts": prompts or {}, "default_prompt_name": None, "similarity_fn_name": "cosine"},
    )
    return folder


def randomize(network: torch.nn.Module, seed: int) -> None:
    """Give every weight a random value that leaves its layer far from linear and from the identity."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    # Gemma's norms multiply by one plus their weight.
    norm = 0.0 if network.config.model_type.startswith("gemma") else 1.0
    with torch.no_grad():
        for name, weight in network.named_parameters():
            values = torch.randn(weight.shape, generator=generator)
            if weight.ndim == 1:
                centre = norm if "norm" in name.lower() and name.endswith("weight") else 0.0
                weight.copy_(centre + 0.2 * values)
            elif "embed" in name.lower() or "shared" in name or "relative_attention_bias" in name:
                weight.copy_(0.6 * values)
            else:
                # T5 does not scale its attention; its queries come small out of training.
                gain = 0.3 if "SelfAttention.q" in name else 0.9
                weight.copy_(gain * values / weight.shape[-1] ** 0.5)


def _save_dense(folder: Path, dimension: int, seed: int) -> None:
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(seed + 1)
    folder.mkdir(exist_ok=True)
    save_file(
        {
            "linear.weight": torch.randn(dimension, HIDDEN, generator=generator) / HIDDEN**0.5,
            "linear.bias": 0.1 * torch.randn(dimension, generator=generator),
        },
        folder / "model.safetensors",
    )
    write_json(
        folder / "config.json",
        {
            "in_features": HIDDEN,
            "out_features": dimension,
            "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
    )


def write_json(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


def change_json(path: Path, **changes: Any) -> None:
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), **changes})


# -- fixtures ----------------------------------------------------------------------------------------------

MakeModel = Callable[..., Path]
MakeEncoder = Callable[..., "Encoder"]


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Return the folder of a tiny model, `tiny_model(family, **options)`; made once a session each."""
    made: dict[str, Path] = {}

    def make(family: str, **options: Any) -> Path:
        key = repr((family, sorted(options.items())))
        if key not in made:
            made[key] = save_model(tmp_path_factory.mktemp(family) / f"tiny-{family}", family, **options)
        return made[key]

    return make


@pytest.fixture(scope="session")
def tiny_encoder(tiny_model: MakeModel) -> Iterator[MakeEncoder]:
    """Return an Encoder of a tiny model on the CPU, `tiny_encoder(family, **options)`; loaded once each."""
    from engine.encoder import Encoder

    loaded: dict[Path, Encoder] = {}

    def load(family: str, **options: Any) -> Encoder:
        folder = tiny_model(family, **options)
        if folder not in loaded:
            loaded[folder] = Encoder(folder, device="cpu")
        return loaded[folder]

    yield load
    loaded.clear()
