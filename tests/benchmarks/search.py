"""Exact search beside sentence-transformers, a million documents, a steered search, and the words of hits."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tests.benchmarks.measuring import median_seconds, timed
from tests.benchmarks.pairs import draw_definitions
from tests.benchmarks.table import Row, seconds

if TYPE_CHECKING:
    from engine.concepts.dictionary import Dictionary
    from engine.corpus.vectors import VectorStore

DIMENSION, SEED = 384, 0
PEER_COUNT, LARGE_COUNT, STEERED_COUNT = 100_000, 1_000_000, 117_659
FEATURES, K = 3_072, 32
HITS_QUERY, HITS, POOL = "a small wild cat that hunts at night", 20, 2_000
_BLOCK = 50_000


def measure(quick: bool = False) -> list[Row]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            beside_semantic_search(
                folder / "peer", 10_000 if quick else PEER_COUNT, 5 if quick else 30, quick
            )
        ]
        rows.append(a_million(folder / "large", 50_000 if quick else LARGE_COUNT, 5 if quick else 15, quick))
        rows.append(steered_search(folder / "steered", 5_000 if quick else STEERED_COUNT, quick))
    return [*rows, *explained_hits(200 if quick else POOL, quick)]


def beside_semantic_search(folder: Path, count: int, repeats: int, quick: bool) -> Row:
    """The ten nearest: ours from the file, the peer's from memory with either of its scores, in turns."""
    import torch
    from sentence_transformers.util import cos_sim, dot_score, semantic_search

    from engine.retrieval.index import SearchIndex

    index = SearchIndex(filled(folder, count))
    corpus = torch.from_numpy(np.array(index.vectors))
    times: dict[str, list[float]] = {"ours": [], "cos_sim": [], "dot_score": []}
    same = True
    for query in unit_rows(np.random.default_rng(SEED + 1), repeats + 1):
        found: dict[str, list[int]] = {}

        def ours(query=query, found=found) -> None:
            found["ours"] = index.best(query, 10).rows.tolist()

        def peer(score, query=query, found=found) -> None:
            hits = semantic_search(torch.from_numpy(query), corpus, top_k=10, score_function=score)[0]
            found[score.__name__] = [hit["corpus_id"] for hit in hits]

        times["ours"].append(timed(ours))
        times["cos_sim"].append(timed(lambda peer=peer: peer(cos_sim)))
        times["dot_score"].append(timed(lambda peer=peer: peer(dot_score)))
        same &= found["ours"] == found["cos_sim"] == found["dot_score"]
    # The first turn warms up.
    mine, cosine, dot = (float(np.median(taken[1:])) for taken in times.values())
    return Row(
        f"exact top 10 of {count:,} documents",
        seconds(mine),
        f"semantic_search {seconds(cosine)}, with dot_score {seconds(dot)}; "
        f"{'the same' if same else '**another**'} result",
        f"{mine / min(cosine, dot):.2f} of the faster",
        "no slower, the same result",
        None if quick else same and mine <= min(cosine, dot),
    )


def a_million(folder: Path, count: int, repeats: int, quick: bool) -> Row:
    """The ten nearest of many documents, from a file that the system has read before."""
    from engine.retrieval.index import SearchIndex

    index = SearchIndex(filled(folder, count))
    query = unit_rows(np.random.default_rng(SEED + 1), 1)[0]
    took = median_seconds(lambda: index.best(query, 10), repeats)
    return Row(
        f"exact top 10 of {count:,} documents, memory-mapped",
        seconds(took),
        target="under 0.5 s",
        reached=None if quick else took < 0.5,
    )


def steered_search(folder: Path, count: int, quick: bool) -> Row:
    """From weights to twenty hits with their texts, the percentiles and the steering itself included."""
    from engine.corpus.importing import ImportRequest, import_corpus
    from engine.corpus.workspace import Workspace
    from engine.encoder import Encoder
    from engine.jobs import Job
    from engine.retrieval.index import SearchIndex
    from engine.retrieval.search import embed_query, search
    from engine.retrieval.steering import steer

    corpus = folder.with_suffix(".txt")
    corpus.write_text("".join(f"document {number}\n" for number in range(count)), encoding="utf-8")
    import_corpus(folder, ImportRequest(corpus), Job())
    encoder = Encoder(device="cpu")
    query = embed_query(encoder, HITS_QUERY)
    with Workspace.open(folder) as workspace:
        index = SearchIndex(filled(folder / "vectors", count))
        dictionary = made_up_features(count)
        weights = iter(np.linspace(-5, 5, 100))

        def slide() -> None:
            weight = float(next(weights))
            vector = steer(dictionary, query.vector, {7: weight, 8: -weight, 9: weight}).vector
            search(workspace, index, query, HITS, vector=vector)

        took = median_seconds(slide, 5 if quick else 25)
    return Row(
        f"search of {count:,} documents steered by three of {FEATURES:,} features, {HITS} hits with texts",
        seconds(took),
        target="under 100 ms",
        reached=None if quick else took < 0.1,
    )


def explained_hits(pool: int, quick: bool) -> list[Row]:
    """The words of twenty short hits, by an explainer that remembers nothing of them."""
    from engine.attribution.explainer import Explainer
    from engine.corpus.embedding import index_model
    from engine.encoder import Encoder
    from engine.retrieval.explain_hits import explain_hits
    from engine.retrieval.index import SearchIndex, TextVectors
    from engine.retrieval.search import embed_query

    encoder = Encoder(device="cpu")
    texts = draw_definitions(encoder, pool)
    index = SearchIndex(TextVectors(encoder.embed(texts), index_model(encoder)))
    hits = [texts[row].text for row in index.best(embed_query(encoder, HITS_QUERY).vector, HITS).rows]
    times: list[float] = []
    explain_hits(Explainer(encoder), "one warms up", [HITS_QUERY], lambda _hit: None)
    explain_hits(Explainer(encoder), HITS_QUERY, hits, lambda hit: times.append(hit.seconds))
    words = sum(len(hit.split()) for hit in hits) / len(hits)
    name = f"the words of {HITS} hits of {words:.0f} words on average"
    return [
        Row(
            f"{name}: {which}",
            seconds(took),
            target=f"in {most} s",
            reached=None if quick else took <= most,
        )
        for which, took, most in (("the first", times[0], 1), ("all", times[-1], 15))
    ]


def filled(folder: Path, count: int) -> VectorStore:
    """An index of random unit vectors, on disk."""
    from engine.corpus.vectors import IndexModel, VectorStore

    store = VectorStore(folder, IndexModel("random", "0" * 64, "mean", "", DIMENSION, True, 256), "benchmark")
    generator = np.random.default_rng(SEED)
    while store.count < count:
        store.append(unit_rows(generator, min(_BLOCK, count - store.count)))
    return store


def unit_rows(generator: np.random.Generator, count: int) -> npt.NDArray[np.float32]:
    rows = generator.standard_normal((count, DIMENSION), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def made_up_features(count: int) -> Dictionary:
    """Features of the size of those of WordNet, active on as many documents at random."""
    from scipy.sparse import csr_array

    from engine.concepts.codes import Codes
    from engine.concepts.dictionary import Dictionary
    from engine.corpus.vectors import IndexModel, VectorStore
    from engine.sae.architectures import SAEConfig, SparseAutoencoder

    generator = np.random.default_rng(SEED)
    columns = generator.integers(0, FEATURES, count * K).astype(np.int32)
    values = generator.random(count * K, dtype=np.float32)
    codes = csr_array((values, columns, np.arange(0, count * K + 1, K)), shape=(count, FEATURES))
    sae = SparseAutoencoder(SAEConfig("batchtopk", DIMENSION, FEATURES, k=K, seed=SEED)).requires_grad_(False)
    nowhere = Path("nowhere")
    store = VectorStore(
        nowhere, IndexModel("random", "0" * 64, "mean", "", DIMENSION, True, 256), "benchmark"
    )
    return Dictionary("made up", nowhere, sae, store, Codes(codes), {})
