"""How cost grows with tokens, candidates, dimensions and layers, beside what the arithmetic would cost.

The arithmetic alone: the operations of all matrix products that a run makes (counted as torch dispatches
them, pilots included) over the rate of square float32 products measured just before.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.benchmarks.measuring import count_flops, matrix_rate, median_seconds, timed
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.texts import CANDIDATE, LONG_CANDIDATE, LONG_QUERY, QUERY

TOLERANCE = 1e-2
TOKENS = (16, 32, 64, 128, 256)
CANDIDATES = (1, 2, 4, 8)
DIMENSIONS = (128, 256, 384, 512, 768)
DEPTHS = (3, 6, 12)


def measure(quick: bool = False) -> list[Row]:
    from engine.encoder import Encoder

    rate = matrix_rate()
    encoder = Encoder(device="cpu")
    rows = [Row("matrix rate, float32", f"{rate / 1e9:.0f} GFLOP/s")]
    for tokens in TOKENS[: 2 if quick else None]:
        candidate = of_length(encoder, tokens)
        what = f"tokens: 13 of the query, {tokens} of the candidate"
        rows.append(growth(what, encoder, LONG_QUERY, (candidate,), 0, rate))
    sentences = tuple(f"{sentence.strip()}." for sentence in LONG_CANDIDATE.split(".") if sentence.strip())
    for count in CANDIDATES[: 2 if quick else None]:
        what = f"candidates: {count}, sentences of the long text"
        rows.append(growth(what, encoder, QUERY, sentences[:count], 0, rate))
    for layer in range(encoder.info.layers)[: 2 if quick else None]:
        what = f"layer explained: {layer} of {encoder.info.layers}, the worked pair"
        rows.append(growth(what, encoder, QUERY, (CANDIDATE,), layer, rate))
    sizes = [(dimension, 6) for dimension in DIMENSIONS] + [(384, depth) for depth in DEPTHS]
    for dimension, depth in sizes[: 1 if quick else None]:
        with tempfile.TemporaryDirectory() as folder:
            model = Encoder(random_model(Path(folder), encoder, dimension, depth), device="cpu")
            what = f"random BERT: {dimension} dimensions, {depth} layers, the worked pair"
            rows.append(growth(what, model, QUERY, (CANDIDATE,), 0, rate))
    return rows


def growth(what: str, encoder: Any, query: str, candidates: tuple[str, ...], layer: int, rate: float) -> Row:
    """Time one explanation by an explainer that remembers nothing, and count its operations."""
    from engine.attribution.explainer import Explainer
    from engine.attribution.request import ExplainRequest

    request = ExplainRequest(query, candidates, layer=layer, tolerance=TOLERANCE, faithfulness=False)
    nodes: list[int] = []

    def run() -> None:
        explanation = Explainer(encoder).explain(request)
        nodes[:] = [explanation.pairs[0].query.nodes, *(pair.candidate.nodes for pair in explanation.pairs)]

    flops = count_flops(run)
    once = timed(run)
    taken = once if once > 4 else median_seconds(run, 5)
    spread = f"{min(nodes)} to {max(nodes)}" if min(nodes) < max(nodes) else f"{nodes[0]}"
    return Row(
        what,
        f"{seconds(taken)} ({spread} nodes)",
        f"arithmetic alone {seconds(flops / rate)} ({flops / 1e9:.3g} GFLOP)",
        f"{flops / rate / taken:.0%} of the matrix rate",
    )


def of_length(encoder: Any, tokens: int) -> str:
    """The first words of the long text that make ``tokens`` tokens, or as near below as words allow."""
    words = LONG_CANDIDATE.split()
    while len(encoder.tokenizer(" ".join(words))["input_ids"]) > tokens:
        words.pop()
    return " ".join(words)


def random_model(folder: Path, like: Any, dimension: int, depth: int) -> Path:
    """Save an untrained BERT of these sizes with the tokenizer of another model, mean-pooled, normalized."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(like.tokenizer),
        hidden_size=dimension,
        num_hidden_layers=depth,
        num_attention_heads=dimension // 64,
        intermediate_size=4 * dimension,
    )
    BertModel(config).save_pretrained(folder / "bert")
    like.tokenizer.save_pretrained(folder / "bert")
    modules = [Transformer(str(folder / "bert")), Pooling(dimension, pooling_mode="mean"), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "model"), create_model_card=False)
    return folder / "model"
