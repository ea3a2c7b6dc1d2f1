"""Word importance for a fixed other side, through Captum (https://captum.ai).

Each method asks how much a word of one text adds to its similarity with an embedding that stays fixed.
For both sides of a pair, call twice. Integrated gradients vary the states that enter the first layer;
Shapley values and ablation take words out of the text and encode what is left anew.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from engine.attribution.faithfulness import similarities, without_words
from engine.attribution.integrated_jacobians import differentiation_lock
from engine.attribution.pair import Similarity, sum_over
from engine.encoder import Encoder, FloatArray, TokenizedText
from engine.jobs import Job
from engine.memory import with_halved_chunks
from engine.text import Word

# A backward pass keeps about half a megabyte a token row of a small model.
_TOKENS_PER_PASS = {"cpu": 1024}
_TOKENS_PER_PASS_ELSEWHERE = 16_384
Score = Callable[[torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class WordImportance:
    """How much each word of a text adds to its similarity with a fixed embedding.

    Attributes:
        method: "integrated-gradients", "shapley-values" or "feature-ablation".
        words: the words of the text.
        values: (words,) their importance, in units of the similarity.
        tokens: (S,) importance of every token, specials included; None for methods over words.
        delta: the sum of all values less the similarity that they are to explain: that of the text less
            that of its baseline (padding, or the text without any of its words). Zero for a complete
            method.
        seconds: wall time spent.
    """

    method: str
    words: tuple[Word, ...]
    values: FloatArray
    tokens: FloatArray | None
    delta: float
    seconds: float


def integrated_gradients(
    encoder: Encoder,
    text: TokenizedText,
    other: FloatArray,
    similarity: Similarity = "cosine",
    steps: int = 50,
    job: Job | None = None,
) -> WordImportance:
    """Return word importance by integrated gradients (Sundararajan et al. 2017, arXiv:1703.01365).

    The path runs straight from the padding reference (specials and prompt kept) to the text, in the space
    of the states that enter the first layer: the embedded tokens, positions included, so that both ends
    have the positions of the text.

    Args:
        encoder: the model.
        text: tokenized by it.
        other: (D,) embedding of the other side.
        similarity: "cosine" (default) or "dot".
        steps: Gauss-Legendre nodes on the path, 50 by default.
        job: progress and cancellation, checked at every layer of every pass.

    Raises:
        UserError: memory ran out with one node at a time.
    """
    from captum.attr import LayerIntegratedGradients

    start, job = time.perf_counter(), job or Job()
    path = encoder.path(text, 0, job)
    fixed = torch.tensor(other, device=encoder.device)
    # Families differ in what module their embedded tokens leave; this one stands for all of them.
    entry = torch.nn.Identity()
    done = 0

    def score(states: torch.Tensor) -> torch.Tensor:
        nonlocal done
        job.step("integrating gradients", done / (steps + 4))
        done += len(states)
        embedded = path(entry(states))
        if similarity == "cosine":
            return torch.nn.functional.cosine_similarity(embedded, fixed[None])
        return embedded @ fixed

    def run(nodes_per_pass: int) -> tuple[torch.Tensor, torch.Tensor]:
        nonlocal done
        done = 0
        attributions, delta = LayerIntegratedGradients(score, entry).attribute(
            inputs=path.text_states[None],
            baselines=path.reference_states[None],
            n_steps=steps,
            internal_batch_size=nodes_per_pass,
            return_convergence_delta=True,
        )
        return attributions[0].sum(dim=1), delta[0]

    budget = _TOKENS_PER_PASS.get(encoder.device.type, _TOKENS_PER_PASS_ELSEWHERE)
    with differentiation_lock:
        per_token, delta = with_halved_chunks(run, max(budget // len(text.ids), 1), encoder.device)
    job.step("integrated", 1)
    tokens = np.asarray(per_token.detach().cpu().numpy(), dtype=np.float32)
    return WordImportance(
        method="integrated-gradients",
        words=text.words,
        values=sum_over(tokens, text.words),
        tokens=tokens,
        delta=float(delta),
        seconds=time.perf_counter() - start,
    )


def shapley_values(
    encoder: Encoder,
    text: TokenizedText,
    other: FloatArray,
    similarity: Similarity = "cosine",
    samples: int = 25,
    seed: int = 0,
    job: Job | None = None,
) -> WordImportance:
    """Return Shapley values of the words, estimated over random orders.

    Words are put back in random orders into the text without any, and each is credited with the change
    of similarity it brings, averaged over the orders (Castro et al. 2009, doi:10.1016/j.cor.2008.04.004).
    Every order adds up to the whole change, so the values do.

    Args:
        encoder: re-encodes the text without the tokens of absent words.
        text: tokenized by it.
        other: (D,) embedding of the other side.
        similarity: "cosine" (default) or "dot".
        samples: random orders, 25 by default.
        seed: of the orders, 0 by default.
        job: progress and cancellation.
    """
    from captum.attr import ShapleyValueSampling

    def attribute(score: Score, whole: torch.Tensor) -> torch.Tensor:
        with seeded(seed):
            values: torch.Tensor = ShapleyValueSampling(score).attribute(
                whole, n_samples=samples, perturbations_per_eval=whole.shape[1]
            )
        return values

    return _over_words(
        "shapley-values", text, words_present(encoder, text, other, similarity, job or Job()), attribute
    )


def feature_ablation(
    encoder: Encoder,
    text: TokenizedText,
    other: FloatArray,
    similarity: Similarity = "cosine",
    job: Job | None = None,
) -> WordImportance:
    """Return how much similarity is lost when each word alone is taken out of the text.

    Args:
        encoder: re-encodes the text without the tokens of the word.
        text: tokenized by it.
        other: (D,) embedding of the other side.
        similarity: "cosine" (default) or "dot".
        job: progress and cancellation.
    """
    from captum.attr import FeatureAblation

    def attribute(score: Score, whole: torch.Tensor) -> torch.Tensor:
        values: torch.Tensor = FeatureAblation(score).attribute(whole, perturbations_per_eval=whole.shape[1])
        return values

    return _over_words(
        "feature-ablation", text, words_present(encoder, text, other, similarity, job or Job()), attribute
    )


def words_present(
    encoder: Encoder, text: TokenizedText, other: FloatArray, similarity: Similarity, job: Job
) -> Score:
    """Return the function that Captum varies: the similarity, by which words are in the text.

    It takes features (B, words), 1 where a word is there and 0 where its tokens are not, and returns
    similarities (B,).
    """

    def score(present: torch.Tensor) -> torch.Tensor:
        sequences = [
            without_words(text, [word for word, there in zip(text.words, row, strict=True) if not there])
            for row in present.round().bool().tolist()
        ]
        return torch.tensor(similarities(other, encoder.embed_ids(sequences, text, job), similarity))

    return score


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Give torch's random numbers a seed inside the block, and put their state back after it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _over_words(
    method: str,
    text: TokenizedText,
    score: Score,
    attribute: Callable[[Score, torch.Tensor], torch.Tensor],
) -> WordImportance:
    start = time.perf_counter()
    whole = torch.ones(1, len(text.words))
    # Captum asks for a few texts at a time. What it asks does not depend on the answers, so it is asked
    # twice: to learn all the questions, which are then answered in large batches, and to get the result.
    asked = [whole, torch.zeros_like(whole)]

    def note(present: torch.Tensor) -> torch.Tensor:
        asked.append(present)
        return torch.zeros(len(present))

    attribute(note, whole)
    questions = torch.unique(torch.cat(asked), dim=0)
    answers = dict(zip(map(tuple, questions.tolist()), score(questions), strict=True))

    def recall(present: torch.Tensor) -> torch.Tensor:
        return torch.stack([answers[tuple(row)] for row in present.tolist()])

    values = attribute(recall, whole)[0].double()
    full, empty = recall(torch.cat(asked[:2]))
    return WordImportance(
        method=method,
        words=text.words,
        values=np.asarray(values.numpy(), dtype=np.float32),
        tokens=None,
        delta=float(values.sum() - (full - empty)),
        seconds=time.perf_counter() - start,
    )
