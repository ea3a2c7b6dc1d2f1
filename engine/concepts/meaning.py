"""Features near in meaning to a text."""

import numpy as np
import numpy.typing as npt

from engine.concepts.codes import FloatArray
from engine.concepts.dictionary import Dictionary
from engine.encoder import Encoder
from engine.jobs import Job

_RANKS = 60  # the constant of reciprocal rank fusion, as published


def features_near(
    dictionary: Dictionary,
    encoder: Encoder,
    text: str,
    count: int,
    job: Job | None = None,
    names: FloatArray | None = None,
) -> list[tuple[int, float]]:
    """Return the live features nearest in meaning to a text, nearest first.

    Features are ranked by the cosine of their decoder rows with the text's embedding, from which the
    decoder's bias, which all texts share, is taken off; and by the cosine of their names' embeddings with
    it. The two cosines are on different scales, so ranks are added up instead: reciprocal rank fusion
    (G. Cormack, C. Clarke and S. Buettcher, SIGIR 2009). A feature without a name counts as if its name
    ranked as its decoder row does.

    Args:
        dictionary: the features.
        encoder: of the model that the features belong to.
        text: what is looked for.
        count: how many at most.
        job: progress and cancellation.
        names: (F, D) of `open_name_vectors`; None to rank by decoder rows alone.

    Returns:
        Features, and the larger of their cosines with the text.

    Raises:
        UserError: the text is empty, or the encoder is another model than the one of the features.
    """
    dictionary.check_model(encoder.info.fingerprint)
    embedding = encoder.embed([encoder.tokenize(text)], job)[0]
    alive = np.flatnonzero(dictionary.codes.fire_rate > 0)
    nearness = _cosines(dictionary.decoder[alive], embedding - dictionary.sae.b_dec.detach().numpy())
    fused = 1 / (_RANKS + _ranks(nearness))
    if names is not None:
        named = np.flatnonzero(names[alive].any(axis=1))
        of_names = _cosines(names[alive[named]], embedding)
        by_name = fused.copy()
        by_name[named] = 1 / (_RANKS + _ranks(of_names))
        nearness[named] = np.maximum(nearness[named], of_names)
        fused += by_name
    order = np.lexsort((alive, -nearness, -fused))[:count]
    return [(int(alive[place]), float(nearness[place])) for place in order]


def _cosines(rows: FloatArray, vector: FloatArray) -> FloatArray:
    norms = np.linalg.norm(rows, axis=1) * np.linalg.norm(vector)
    found: FloatArray = rows @ vector / np.maximum(norms, np.finfo(np.float32).tiny)
    return found


def _ranks(values: FloatArray) -> npt.NDArray[np.float64]:
    """Return the rank of each value, 1 for the largest; of equal ones the first comes first."""
    ranks = np.empty(len(values))
    ranks[np.argsort(-values, kind="stable")] = np.arange(1, len(values) + 1)
    return ranks
