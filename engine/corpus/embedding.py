"""Embedding the documents of a workspace, so that it can be stopped at any point and taken up again."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.corpus.lock import writing
from engine.corpus.vectors import FloatArray, IndexModel
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.files import remove_unfinished
from engine.jobs import Job

if TYPE_CHECKING:
    # Documents are imported, and counted, without waiting for torch to load.
    from engine.encoder import Encoder

# What is lost when the process is killed: sorted by length, a block still wastes little on padding.
BLOCK = 1_024
_TOKENIZED_AT_ONCE = 64

Embed = Callable[[Sequence[str], Job], FloatArray]


@dataclass(frozen=True)
class EmbedReport:
    """What an embedding run did.

    Attributes:
        model: the model of the index.
        count: vectors in the index.
        added: vectors that this run added.
        seconds: what it took.
    """

    model: IndexModel
    count: int
    added: int
    seconds: float


def embed_documents(
    workspace: Workspace, model: IndexModel, embed: Embed, job: Job | None = None
) -> EmbedReport:
    """Bring the index of one model up to the last document of a workspace, then make it the one in use.

    Args and errors are those of `build_index`.
    """
    with writing(workspace.folder):
        report = _build(workspace, model, embed, job or Job())
        workspace.activate(model.fingerprint)
    return report


def build_index(workspace: Workspace, model: IndexModel, embed: Embed, job: Job | None = None) -> EmbedReport:
    """Bring the index of one model up to the last document of a workspace; the one in use stays in use.

    Blocks of 1,024 documents are embedded, sorted by length inside, and written whole; a run that was
    stopped goes on with the first block that is missing.

    Args:
        workspace: the documents.
        model: what the manifest of the index says.
        embed: returns the vectors (N, D) of N texts, in their order; it is given texts of a block
            sorted by length.
        job: progress and cancellation.

    Raises:
        UserError: there are no documents, another task writes to the workspace, its index is damaged, the
            model gives vectors that are not finite, or the disk is full.
    """
    with writing(workspace.folder):
        return _build(workspace, model, embed, job or Job())


def _build(workspace: Workspace, model: IndexModel, embed: Embed, job: Job) -> EmbedReport:
    start, total = monotonic(), workspace.document_count
    if total == 0:
        raise UserError(f"{workspace.folder} has no documents; import a corpus first")
    store = workspace.index(model)
    remove_unfinished(store.folder)
    first = store.count
    while store.count < total:
        done, left = store.count - first, total - first
        texts = workspace.texts(store.count + 1, min(BLOCK, total - store.count))
        part = job.part(done / left, (done + len(texts)) / left)
        part.step("embedding", 0.0)
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        block = np.empty((len(texts), model.dimension), dtype=np.float32)
        block[order] = embed([texts[i] for i in order], part)
        store.append(block)
    job.step("embedding", 1.0)
    return EmbedReport(model, total, total - first, monotonic() - start)


def index_model(encoder: "Encoder") -> IndexModel:
    """Return what an index of this encoder's vectors says about it."""
    info = encoder.info
    return IndexModel(
        name=info.name,
        fingerprint=info.fingerprint,
        pooling=info.pooling,
        prompt=encoder.prompt("document"),
        dimension=info.dimension,
        normalized=info.normalized,
        max_tokens=info.max_tokens,
    )


def document_embedder(encoder: "Encoder") -> Embed:
    """Return a function that embeds documents as `SentenceTransformer.encode` does, in even batches."""
    template = encoder.tokenize("a")

    def embed(texts: Sequence[str], job: Job) -> FloatArray:
        ids = list(itertools.chain.from_iterable(_ids(encoder, texts, template.prompt, job)))
        return encoder.embed_ids(ids, template, job)

    return embed


def _ids(
    encoder: "Encoder", texts: Sequence[str], prompt: str, job: Job
) -> Iterator[list[npt.NDArray[np.int64]]]:
    """Yield the token ids of the texts as the model reads them, some texts at a time."""
    from engine.encoder.panics import explained_panics

    for start in range(0, len(texts), _TOKENIZED_AT_ONCE):
        job.cancel.check()
        some = list(texts[start : start + _TOKENIZED_AT_ONCE])
        with explained_panics():
            features = encoder.model.preprocess(some, prompt=prompt or None)
        ids, mask = features["input_ids"].numpy(), features["attention_mask"].numpy()
        yield [row[kept != 0].astype(np.int64) for row, kept in zip(ids, mask, strict=True)]
