"""Tiny random models of every family, saved as sentence-transformers folders.

The weights are random but far from their usual initial values: attention is uneven, norms have scales and
the padding token has a vector, so that a test that ignores any of them fails. Nothing is trained: the
vocabularies are the characters and half of the words of a few sentences in several scripts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedTokenizerFast

    from engine.encoder import Encoder

HIDDEN, HEADS, LAYERS, FEED_FORWARD = 24, 2, 3, 40
MAX_TOKENS = 96
PROMPTS = {"query": "find this: ", "document": "text: "}
UNKNOWN = "🎉"
SENTENCES = (
    "Carbs are broken down into sugar in your body.",
    "Carbohydrates are metabolized into glucose.",
    "The quick brown fox jumps over the lazy dog, isn't it?",
    "find this: a search engine for query and candidate texts",
    "text: a passage, a document; words (and more words) to read!",
    "Der schnelle braune Fuchs springt über den faulen Hund.",
    "El veloz murciélago hindú comía feliz cardillo y kiwi.",
    "机器学习模型把文本变成向量。 搜索引擎 比较 向量",
    "שלום עולם، זה טקסט קצר. مرحبا بالعالم هذا نص قصير",
    "Привет, мир! Это короткий текст о поиске.",
    "emoji 🙂 👍 are read byte by byte 🎉",
    "0 1 2 3 4 5 6 7 8 9 10 42 2024 3.14 <b>bold</b> &amp; a_b-c/d",
    "abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ",
)


@dataclass(frozen=True)
class Family:
    """One family of models.

    Attributes:
        layers: dotted path from the transformers model to its list of layers.
        pooling: what models of this family usually pool by.
        prefix: how many special tokens open a text, and
        suffix: how many close it.
        build: makes configuration and tokenizer.
    """

    layers: str
    pooling: str
    prefix: int
    suffix: int
    build: Callable[[], tuple[PretrainedConfig, PreTrainedTokenizerFast]]


# -- tokenizers --------------------------------------------------------------------------------------------


def _characters() -> list[str]:
    return sorted(set("".join(SENTENCES)) - {" ", UNKNOWN})


def _whole_words() -> list[str]:
    """Return every second word of the sentences: the others are cut into pieces."""
    return sorted({word for line in SENTENCES for word in re.findall(r"\w+", line)})[::2]


def _wordpiece(specials: list[str], *, lowercase: bool = True) -> dict[str, int]:
    pieces = [*_characters(), *_whole_words()]
    if lowercase:
        pieces = [piece.lower() for piece in pieces]
    inner = [f"##{character}" for character in _characters()]
    return {piece: index for index, piece in enumerate(dict.fromkeys([*specials, *pieces, *inner]))}


def _bytes(specials: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    from tokenizers import pre_tokenizers

    level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    words = [piece for word in _whole_words() for piece, _ in level.pre_tokenize_str(f" {word}")]
    return _pairs([*specials, *sorted(level.alphabet())], words)


def _byte_fallback(specials: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    alphabet = [*(f"<0x{byte:02X}>" for byte in range(256)), *_characters(), "▁"]
    return _pairs([*specials, *alphabet], [f"▁{word}" for word in _whole_words()])


def _pairs(pieces: list[str], words: list[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return vocabulary and merges that build each word from the left."""
    merges = dict.fromkeys((word[:end], word[end]) for word in words for end in range(1, len(word)))
    vocabulary = dict.fromkeys([*pieces, *("".join(merge) for merge in merges)])
    return {piece: index for index, piece in enumerate(vocabulary)}, list(merges)


def _pieces(specials: list[str]) -> list[tuple[str, float]]:
    words = [f"▁{word}" for word in _whole_words()]
    rare = [*_characters(), "▁"]
    scores = {**dict.fromkeys(rare, -8.0), **dict.fromkeys(words, -6.0), **dict.fromkeys(specials, 0.0)}
    return [(piece, scores.pop(piece)) for piece in [*specials, *words, *rare] if piece in scores]


# -- families ----------------------------------------------------------------------------------------------


def _bert() -> tuple[Any, Any]:
    from transformers import BertConfig, BertTokenizer

    tokenizer = BertTokenizer(vocab=_wordpiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **_SIZES), tokenizer


def _roberta() -> tuple[Any, Any]:
    from transformers import RobertaConfig, RobertaTokenizer

    vocab, merges = _bytes(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer = RobertaTokenizer(vocab=vocab, merges=merges)
    # Positions start behind the padding index: two rows of the table are never used.
    return RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES), tokenizer


def _xlm_roberta() -> tuple[Any, Any]:
    from transformers import XLMRobertaConfig, XLMRobertaTokenizer

    tokenizer = XLMRobertaTokenizer(vocab=_pieces(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))
    return XLMRobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES), tokenizer


def _mpnet() -> tuple[Any, Any]:
    from transformers import MPNetConfig, MPNetTokenizer

    vocab = _wordpiece(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    tokenizer = MPNetTokenizer(vocab=vocab)
    config = MPNetConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES)
    return config, tokenizer


def _distilbert() -> tuple[Any, Any]:
    from transformers import DistilBertConfig, DistilBertTokenizer

    tokenizer = DistilBertTokenizer(vocab=_wordpiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    config = DistilBertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=128,
        dim=HIDDEN,
        n_layers=LAYERS,
        n_heads=HEADS,
        hidden_dim=FEED_FORWARD,
    )
    return config, tokenizer


def _electra() -> tuple[Any, Any]:
    from transformers import ElectraConfig, ElectraTokenizer

    vocab = _wordpiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], lowercase=False)
    tokenizer = ElectraTokenizer(vocab=vocab, do_lower_case=False)
    config = ElectraConfig(
        vocab_size=len(tokenizer), max_position_embeddings=128, embedding_size=12, **_SIZES
    )
    return config, tokenizer


def _deberta() -> tuple[Any, Any]:
    from transformers import DebertaV2Config, DebertaV2Tokenizer

    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer = DebertaV2Tokenizer(vocab=_pieces(specials), unk_id=3)
    config = DebertaV2Config(
        vocab_size=len(tokenizer),
        max_position_embeddings=128,
        type_vocab_size=0,
        relative_attention=True,
        position_buckets=8,
        max_relative_positions=-1,
        position_biased_input=False,
        pos_att_type=["p2c", "c2p"],
        share_att_key=True,
        norm_rel_ebd="layer_norm",
        conv_kernel_size=3,
        conv_act="gelu",
        **_SIZES,
    )
    return config, tokenizer


def _albert() -> tuple[Any, Any]:
    from transformers import AlbertConfig, AlbertTokenizer

    tokenizer = AlbertTokenizer(vocab=_pieces(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]))
    config = AlbertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, embedding_size=12, **_SIZES)
    return config, tokenizer


def _t5() -> tuple[Any, Any]:
    from transformers import T5Config, T5Tokenizer

    tokenizer = T5Tokenizer(vocab=_pieces(["<pad>", "</s>", "<unk>"]), extra_ids=0)
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=HIDDEN,
        d_kv=HIDDEN // HEADS,
        d_ff=FEED_FORWARD,
        num_layers=LAYERS,
        num_heads=HEADS,
        relative_attention_num_buckets=8,
        feed_forward_proj="gated-gelu",
    )
    return config, tokenizer


def _modernbert() -> tuple[Any, Any]:
    from transformers import ModernBertConfig, PreTrainedTokenizerFast

    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    backend = _byte_level_backend(specials, opening="[CLS]", closing="[SEP]")
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_input_names=["input_ids", "attention_mask"],
    )
    config = ModernBertConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=128,
        local_attention=6,
        global_attn_every_n_layers=2,
        pad_token_id=0,
        bos_token_id=2,
        cls_token_id=2,
        eos_token_id=3,
        sep_token_id=3,
        **_SIZES,
    )
    return config, tokenizer


def _byte_level_backend(specials: list[str], opening: str, closing: str) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    vocab, merges = _bytes(specials)
    backend = Tokenizer(models.BPE(vocab=vocab, merges=merges))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.post_processor = processors.TemplateProcessing(
        single=f"{opening} $A {closing}",
        special_tokens=[(opening, vocab[opening]), (closing, vocab[closing])],
    )
    return backend


def _qwen3() -> tuple[Any, Any]:
    from tokenizers import processors
    from transformers import Qwen2Tokenizer, Qwen3Config

    vocab, merges = _bytes(["<|endoftext|>", "<|im_end|>"])
    tokenizer = Qwen2Tokenizer(vocab=vocab, merges=merges, padding_side="left")
    # As the published embedding models do: the last token, which is pooled, closes every text.
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="$A <|endoftext|>", special_tokens=[("<|endoftext|>", 0)]
    )
    config = Qwen3Config(
        vocab_size=len(tokenizer), max_position_embeddings=256, num_key_value_heads=1, head_dim=12, **_SIZES
    )
    return config, tokenizer


def _gemma3() -> tuple[Any, Any]:
    from tokenizers import processors
    from transformers import Gemma3TextConfig, GemmaTokenizer

    vocab, merges = _byte_fallback(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
    tokenizer = GemmaTokenizer(vocab=vocab, merges=merges, padding_side="right")
    tokenizer.backend_tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A <eos>", special_tokens=[("<bos>", 2), ("<eos>", 1)]
    )
    config = Gemma3TextConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=256,
        num_key_value_heads=1,
        head_dim=12,
        query_pre_attn_scalar=12,
        sliding_window=8,
        layer_types=["sliding_attention", "sliding_attention", "full_attention"],
        use_bidirectional_attention=True,
        **_SIZES,
    )
    return config, tokenizer


_SIZES = {
    "hidden_size": HIDDEN,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": FEED_FORWARD,
}

FAMILIES: dict[str, Family] = {
    "bert": Family("encoder.layer", "mean", 1, 1, _bert),
    "roberta": Family("encoder.layer", "mean", 1, 1, _roberta),
    "xlm-roberta": Family("encoder.layer", "cls", 1, 1, _xlm_roberta),
    "mpnet": Family("encoder.layer", "mean", 1, 1, _mpnet),
    "distilbert": Family("transformer.layer", "mean", 1, 1, _distilbert),
    "electra": Family("encoder.layer", "mean", 1, 1, _electra),
    "deberta-v2": Family("encoder.layer", "mean", 1, 1, _deberta),
    "albert": Family("encoder.albert_layer_groups", "mean", 1, 1, _albert),
    "t5": Family("encoder.block", "mean", 0, 1, _t5),
    "modernbert": Family("layers", "cls", 1, 1, _modernbert),
    "qwen3": Family("layers", "lasttoken", 0, 1, _qwen3),
    "gemma3_text": Family("layers", "mean", 1, 1, _gemma3),
}


# -- folders -----------------------------------------------------------------------------------------------


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

    kind = FAMILIES[family]
    config, tokenizer = kind.build()
    for name, value in changes.items():
        setattr(config, name, value)
    network = T5EncoderModel(config) if family == "t5" else AutoModel.from_config(config)
    randomize(network, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with _quiet():
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


class _quiet:  # noqa: N801  (reads as a statement)
    """Keep transformers' progress bars off while a model is saved."""

    def __enter__(self) -> None:
        from transformers.utils import logging

        self._shown = logging.is_progress_bar_enabled()
        logging.disable_progress_bar()

    def __exit__(self, *_: object) -> None:
        from transformers.utils import logging

        if self._shown:
            logging.enable_progress_bar()


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
