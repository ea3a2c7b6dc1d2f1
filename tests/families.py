"""One configuration and tokenizer for each family of models, as small as they get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.vocabularies import byte_fallback_pairs, byte_pairs, unigrams, wordpieces

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerFast

HIDDEN, HEADS, LAYERS, FEED_FORWARD = 24, 2, 3, 40


@dataclass(frozen=True)
class Family:
    """One family of models.

    Attributes:
        layers: dotted path from the transformers model to its list of layers.
        pooling: what models of this family usually pool by.
        prefix: how many special tokens open a text, and
        suffix: how many close it.
        build: makes configuration and tokenizer.
        entry: the module that the states of the first layer enter, if it is not that layer alone.
    """

    layers: str
    pooling: str
    prefix: int
    suffix: int
    build: Callable[[], tuple[PretrainedConfig, PreTrainedTokenizerFast]]
    entry: str | None = None


def _bert() -> tuple[Any, Any]:
    from transformers import BertConfig, BertTokenizer

    tokenizer = BertTokenizer(vocab=wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
    return BertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, **_SIZES), tokenizer


def _roberta() -> tuple[Any, Any]:
    from transformers import RobertaConfig, RobertaTokenizer

    vocab, merges = byte_pairs(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    tokenizer = RobertaTokenizer(vocab=vocab, merges=merges)
    # Positions start behind the padding index: two rows of the table are never used.
    return RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES), tokenizer


def _xlm_roberta() -> tuple[Any, Any]:
    from transformers import XLMRobertaConfig, XLMRobertaTokenizer

    tokenizer = XLMRobertaTokenizer(vocab=unigrams(["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))
    return XLMRobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES), tokenizer


def _mpnet() -> tuple[Any, Any]:
    from transformers import MPNetConfig, MPNetTokenizer

    vocab = wordpieces(["<s>", "<pad>", "</s>", "[UNK]", "<mask>"])
    tokenizer = MPNetTokenizer(vocab=vocab)
    config = MPNetConfig(vocab_size=len(tokenizer), max_position_embeddings=130, **_SIZES)
    return config, tokenizer


def _distilbert() -> tuple[Any, Any]:
    from transformers import DistilBertConfig, DistilBertTokenizer

    tokenizer = DistilBertTokenizer(vocab=wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]))
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

    vocab = wordpieces(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], lowercase=False)
    tokenizer = ElectraTokenizer(vocab=vocab, do_lower_case=False)
    config = ElectraConfig(
        vocab_size=len(tokenizer), max_position_embeddings=128, embedding_size=12, **_SIZES
    )
    return config, tokenizer


def _deberta() -> tuple[Any, Any]:
    from transformers import DebertaV2Config, DebertaV2Tokenizer

    specials = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "[MASK]"]
    tokenizer = DebertaV2Tokenizer(vocab=unigrams(specials), unk_id=3)
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

    tokenizer = AlbertTokenizer(vocab=unigrams(["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]"]))
    config = AlbertConfig(vocab_size=len(tokenizer), max_position_embeddings=128, embedding_size=12, **_SIZES)
    return config, tokenizer


def _t5() -> tuple[Any, Any]:
    from transformers import T5Config, T5Tokenizer

    tokenizer = T5Tokenizer(vocab=unigrams(["<pad>", "</s>", "<unk>"]), extra_ids=0)
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

    vocab, merges = byte_pairs(specials)
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

    vocab, merges = byte_pairs(["<|endoftext|>", "<|im_end|>"])
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

    vocab, merges = byte_fallback_pairs(["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"])
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
    "deberta-v2": Family("encoder.layer", "mean", 1, 1, _deberta, entry="encoder"),
    "albert": Family("encoder.albert_layer_groups", "mean", 1, 1, _albert),
    "t5": Family("encoder.block", "mean", 0, 1, _t5),
    "modernbert": Family("layers", "cls", 1, 1, _modernbert),
    "qwen3": Family("layers", "lasttoken", 0, 1, _qwen3),
    "gemma3_text": Family("layers", "mean", 1, 1, _gemma3),
}
