"""Leave-one-out: how the embedding moves when one token is removed and the rest encoded anew."""

import time

import numpy as np

from engine.attribution.contributions import TokenContributions, completeness_error
from engine.encoder import Encoder, TokenizedText
from engine.jobs import Job

METHOD = "leave-one-out"


def leave_one_out(encoder: Encoder, text: TokenizedText, job: Job | None = None) -> TokenContributions:
    """Return `G[i] = e(x) - e(x without token i)` for every token of the text; specials get zero.

    Removal is exact but not additive: what two words do only together is missing or counted twice, and
    shows as the completeness error against the padding reference.
    """
    start = time.perf_counter()
    sequences = [text.ids, *(np.delete(text.ids, index) for index in text.content)]
    embeddings = encoder.embed_ids(sequences, text, job)
    vectors = np.zeros((len(text.ids), embeddings.shape[1]), dtype=np.float32)
    vectors[list(text.content)] = embeddings[0] - embeddings[1:]
    padding = encoder.reference_embedding(text)
    return TokenContributions(
        text=text,
        vectors=vectors,
        embedding=embeddings[0],
        reference=padding,
        padding=padding,
        error=completeness_error(vectors, embeddings[0], padding),
        nodes=0,
        method=METHOD,
        layer=0,
        seconds=time.perf_counter() - start,
    )
