"""Captum's two tests of an explanation, for the candidate's words and a fixed query; run on demand.

Both are due to Yeh et al. 2019, "On the (In)fidelity and Sensitivity of Explanations", NeurIPS
(arXiv:1901.09392).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch

from engine.attribution.captum_methods import seeded, words_present
from engine.attribution.methods import word_importance_by
from engine.attribution.pair import PairExplanation
from engine.attribution.request import Method
from engine.encoder import Encoder
from engine.jobs import Job
from engine.memory import explained_shortage

REMOVALS = 64
NUDGES = 10
# Of the root mean square of the embeddings' entries, so that models of any scale are treated alike.
NUDGE = 0.1
_SEED = 0
_INFIDELITY_SHARE = 0.3


@dataclass(frozen=True)
class CaptumChecks:
    """Infidelity and sensitivity of an explanation; for both, smaller is better and 0 is perfect.

    Attributes:
        infidelity: mean over random sets of words of (what the explanation says the set carries - what
            the similarity loses when the set is removed and the rest encoded anew) squared.
        sensitivity: the largest change of the explanation, |changed - unchanged| / |unchanged|, over
            random nudges of the token embeddings.
    """

    infidelity: float
    sensitivity: float


def captum_checks(encoder: Encoder, pair: PairExplanation, job: Job | None = None) -> CaptumChecks:
    """Return infidelity and sensitivity of the importance of the candidate's words.

    Args:
        encoder: the model.
        pair: the explanation; its query stays fixed.
        job: progress and cancellation.

    Raises:
        UserError: memory ran out.
    """
    job = job or Job()
    with explained_shortage(encoder.device):
        return CaptumChecks(
            infidelity=infidelity(encoder, pair, job.part(0, _INFIDELITY_SHARE)),
            sensitivity=sensitivity(encoder, pair, job.part(_INFIDELITY_SHARE, 1)),
        )


def infidelity(
    encoder: Encoder,
    pair: PairExplanation,
    job: Job | None = None,
    removals: int = REMOVALS,
    seed: int = _SEED,
) -> float:
    """Return E[(I . importance - (s(q, c) - s(q, c without I)))^2] over random sets I of words.

    The size of a set is drawn evenly from 1 to all words, then its words.

    Args:
        encoder: re-encodes the candidate without the words of a set.
        pair: the explanation.
        job: progress and cancellation.
        removals: how many sets, 64 by default.
        seed: of the sets, 0 by default.
    """
    from captum.metrics import infidelity as captum_infidelity

    text = pair.candidate.text
    generator = np.random.default_rng(seed)

    def remove(whole: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        removed = torch.zeros_like(whole)
        for row in removed:
            size = generator.integers(1, len(text.words), endpoint=True)
            row[generator.permutation(len(text.words))[:size]] = 1
        return removed, whole - removed

    value = captum_infidelity(
        words_present(encoder, text, pair.query.embedding, pair.similarity, job or Job()),
        remove,
        torch.ones(1, len(text.words)),
        torch.tensor(pair.candidate_word_importance)[None],
        n_perturb_samples=removals,
    )
    return float(value)


def sensitivity(
    encoder: Encoder, pair: PairExplanation, job: Job | None = None, nudges: int = NUDGES, seed: int = _SEED
) -> float:
    """Return max |importance of the nudged candidate - importance| / |importance| over random nudges.

    A nudge adds to every entry of the embeddings of the candidate's tokens a number drawn evenly from
    -r to r, where r is a tenth of their root mean square; equal tokens are moved alike. The explanation
    is computed anew by its own method.

    Args:
        encoder: the model.
        pair: the explanation.
        job: progress and cancellation.
        nudges: how many, 10 by default.
        seed: of the nudges, 0 by default.
    """
    from captum.metrics import sensitivity_max

    job = job or Job()
    text, method = pair.candidate.text, cast(Method, pair.candidate.method)
    table = encoder.word_embeddings
    ids = torch.tensor(np.unique(text.ids[list(text.content)]), device=encoder.device)
    with torch.no_grad():
        embedded = table(ids)
    done = 0

    def explain(nudged: tuple[torch.Tensor]) -> tuple[torch.Tensor]:
        nonlocal done
        rows = []
        for vectors in nudged[0]:
            job.step("nudging the embeddings", done / (nudges + 1))
            with _embedded_as(table, ids, vectors):
                values = word_importance_by(method, encoder, pair, pair.candidate.layer, Job(job.cancel))
            rows.append(torch.tensor(values))
            done += 1
        return (torch.stack(rows),)

    with seeded(seed):
        value = sensitivity_max(
            explain,
            embedded[None],
            perturb_radius=NUDGE * float(embedded.square().mean().sqrt()),
            n_perturb_samples=nudges,
        )
    return float(value)


@contextmanager
def _embedded_as(table: torch.nn.Module, ids: torch.Tensor, vectors: torch.Tensor) -> Iterator[None]:
    """Embed the tokens `ids` (U,), ascending, as `vectors` (U, H) instead of as the model does."""

    def hook(_module: torch.nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        row = torch.searchsorted(ids, inputs[0]).clamp(max=len(ids) - 1)
        return torch.where((ids[row] == inputs[0])[..., None], vectors[row], output)

    handle = table.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
