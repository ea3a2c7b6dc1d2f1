"""The inside of an embedding: what a text is at each step from its tokens to its vector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform
from sentence_transformers.sentence_transformer.modules import Dense, Normalize, Pooling

from engine.encoder import Encoder, FloatArray, ModelInfo, TokenizedText
from engine.encoder.path import embedding_of
from engine.errors import UserError
from engine.jobs import Job
from engine.retrieval.embeddings import Embeddings, unit_rows

OtherPooling = Literal["mean", "cls"]
POOLINGS: tuple[OtherPooling, ...] = get_args(OtherPooling)
OWN = "model"
MOST_TEXTS = 500

Modules = list[torch.nn.Module]


@dataclass(frozen=True)
class Step:
    """What a text is after one step.

    Attributes:
        name: "tokens", "token vectors", "hidden states", "pooling", "dense", "normalised", ...
        what: what happens there, in a few words.
        shape: (S,), (S, H) or (D,): S tokens, H numbers a token, D numbers a text.
        norm: length of the vector, None as long as there are several.
    """

    name: str
    what: str
    shape: tuple[int, ...]
    norm: float | None = None


@dataclass(frozen=True)
class TextInspection:
    """One text on its way through the model.

    Attributes:
        text: its tokens, and what is cut off.
        attention: (S,) 1 for a token that others read.
        pooled: (S,) 1 for a token that enters pooling: a model may leave its prompt out.
        norms: (S,) length of each token's vector as it enters pooling.
        word_norms: (W,) for each word of the text, the mean norm of its tokens less the mean of all (S)
            tokens: which words are longer than usual.
        steps: from tokens to the embedding.
        vectors: (P, D) the embedding by each pooling of the inspection.
        cosines: (P, P) of these.
    """

    text: TokenizedText
    attention: npt.NDArray[np.int64]
    pooled: npt.NDArray[np.int64]
    norms: FloatArray
    word_norms: FloatArray
    steps: tuple[Step, ...]
    vectors: FloatArray
    cosines: FloatArray


@dataclass(frozen=True)
class Inspection:
    """Texts on their way through a model, and how similar they come out.

    Attributes:
        model: the model.
        poolings: P ways to pool: "model" is its own, then "mean" and "cls" where the modules behind
            pooling take them.
        pooling: the one of these that the similarities are of.
        texts: N texts.
        products: (N, N) `E @ E.T`.
        cosines: (N, N) the same at unit length; equal to the products of a model that normalises.
        order: (N,) the texts as hierarchical clustering (average linkage on 1 - cosine, leaves ordered as
            Bar-Joseph and others, 2001) puts them side by side.
        neighbours: (N, N) row i: all texts, the one most similar to text i first, itself in front.
    """

    model: ModelInfo
    poolings: tuple[str, ...]
    pooling: str
    texts: tuple[TextInspection, ...]
    products: FloatArray
    cosines: FloatArray
    order: npt.NDArray[np.int64]
    neighbours: npt.NDArray[np.int64]


def inspect_texts(
    encoder: Encoder, texts: Sequence[str], pooling: OtherPooling | None = None, job: Job | None = None
) -> Inspection:
    """Follow texts through a model, each a batch of one, under the prompt for documents.

    Args:
        encoder: the model.
        texts: 1 to 500.
        pooling: how to pool for the similarities; the model's own way by default.
        job: progress and cancellation.

    Raises:
        UserError: there are no texts or too many, one cannot be read, or the model has nothing that could
            be pooled in another way.
    """
    job = job or Job()
    ways = _ways(encoder)
    name = OWN if pooling is None else pooling
    if name not in ways:
        raise UserError(
            f"{encoder.info.name} pools by {encoder.info.pooling!r}, and what follows takes nothing else; "
            f"leave out the pooling {name!r}"
        )
    tokenized = tokenize_all(encoder, texts)
    inspected = []
    with encoder.watched(job):
        for done, text in enumerate(tokenized):
            job.step(f"text {done + 1} of {len(tokenized)}", done / len(tokenized))
            inspected.append(_inspect(encoder, text, ways))
    way = list(ways).index(name)
    own = encoder.info.pooling if name == OWN else name
    embeddings = Embeddings.of(np.stack([one.vectors[way] for one in inspected]), encoder.info, own)
    cosines = embeddings.cosines(embeddings)
    job.step("similarities", 1.0)
    return Inspection(
        model=encoder.info,
        poolings=tuple(ways),
        pooling=name,
        texts=tuple(inspected),
        products=embeddings.products(embeddings),
        cosines=cosines,
        order=hierarchical_order(cosines),
        neighbours=nearest_first(cosines),
    )


def tokenize_all(encoder: Encoder, texts: Sequence[str]) -> list[TokenizedText]:
    """Return the tokens of texts; what is wrong with one is said with its number.

    Raises:
        UserError: there are no texts, more than 500, or one cannot be read.
    """
    if not texts:
        raise UserError("there is no text; give at least one")
    if len(texts) > MOST_TEXTS:
        raise UserError(f"there are {len(texts):,} texts; give at most {MOST_TEXTS}")
    found = []
    for number, text in enumerate(texts, start=1):
        try:
            found.append(encoder.tokenize(text))
        except UserError as error:
            raise UserError(f"text {number}: {error}") from error
    return found


def hierarchical_order(cosines: FloatArray) -> npt.NDArray[np.int64]:
    """Return the order (N,) in which similar texts (cosines N x N) stand side by side."""
    if len(cosines) < 3:
        return np.arange(len(cosines))
    distances = np.clip(1 - np.asarray(cosines, dtype=np.float64), 0, None)
    distances = (distances + distances.T) / 2
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average", optimal_ordering=True)
    return np.asarray(leaves_list(tree), dtype=np.int64)


def nearest_first(cosines: FloatArray) -> npt.NDArray[np.int64]:
    """Return for each text (cosines N x N) all texts, itself first, then by falling similarity."""
    ranked = np.array(cosines, dtype=np.float64)
    np.fill_diagonal(ranked, np.inf)
    return np.argsort(-ranked, axis=1, kind="stable")


def _ways(encoder: Encoder) -> dict[str, Modules]:
    """Return the modules behind the transformer for each way to pool, the model's own first."""
    behind = list(encoder.model)[1:]
    ways = {OWN: behind}
    place = next((i for i, module in enumerate(behind) if isinstance(module, Pooling)), None)
    if place is None:
        return ways
    own: Any = behind[place]
    if own.get_embedding_dimension() != own.embedding_dimension:
        # Several poolings side by side: what follows is made for their length.
        return ways
    for mode in POOLINGS:
        other = Pooling(own.embedding_dimension, pooling_mode=mode, include_prompt=own.include_prompt)
        ways[mode] = [*behind[:place], other, *behind[place + 1 :]]
    return ways


def _inspect(encoder: Encoder, text: TokenizedText, ways: dict[str, Modules]) -> TextInspection:
    states, pooled = encoder.token_states(text)
    features = {**encoder.inputs(text), "token_embeddings": states[None]}
    with torch.no_grad():
        steps = [
            Step("tokens", "ids of the pieces", (len(text.ids),)),
            Step("token vectors", "looked up in a table", (len(text.ids), _width(encoder))),
            Step("hidden states", f"after {encoder.info.layers} layers", tuple(states.shape)),
        ]
        vectors = {}
        for name, modules in ways.items():
            passed = dict(features)
            for module in modules:
                passed = module(passed)
                if name == OWN and "sentence_embedding" in passed:
                    steps.append(_step(encoder, module, passed["sentence_embedding"][0]))
            vectors[name] = embedding_of(encoder.model, passed)[0].float().cpu().numpy()
    own = vectors[OWN]
    if own.shape != steps[-1].shape:
        steps.append(Step("cut", "to the length that is set", own.shape, float(np.linalg.norm(own))))
    stacked = np.stack(list(vectors.values())).astype(np.float32)
    norms = states.float().norm(dim=1).cpu().numpy()
    directions = unit_rows(stacked)
    return TextInspection(
        text=text,
        attention=features["attention_mask"][0].cpu().numpy(),
        pooled=pooled.cpu().numpy(),
        norms=norms,
        word_norms=np.array([norms[list(word.tokens)].mean() for word in text.words]) - norms.mean(),
        steps=tuple(steps),
        vectors=stacked,
        cosines=directions @ directions.T,
    )


def _width(encoder: Encoder) -> int:
    weight: Any = encoder.word_embeddings.weight
    return int(weight.shape[1])


def _step(encoder: Encoder, module: torch.nn.Module, vector: torch.Tensor) -> Step:
    shape, norm = tuple(vector.shape), float(vector.float().norm())
    match module:
        case Pooling():
            return Step("pooling", f"{encoder.info.pooling} over the tokens", shape, norm)
        case Dense():
            return Step("dense", type(module.activation_function).__name__.lower(), shape, norm)
        case Normalize():
            return Step("normalised", "to unit length", shape, norm)
        case _:
            return Step(type(module).__name__.lower(), "a module of the model", shape, norm)
