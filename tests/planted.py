"""A workspace with features that are planted by hand: which document fires which is known."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.corpus.importing import ImportRequest, import_corpus
from engine.corpus.vectors import IndexModel
from engine.corpus.workspace import Workspace
from engine.jobs import Job
from engine.sae.architectures import SAEConfig, SparseAutoencoder
from engine.sae.checkpoints import save_checkpoint

NAME, THRESHOLD = "planted", 0.5


def plant(
    folder: Path,
    activations: np.ndarray,
    texts: Sequence[str] | None = None,
    metadata: Sequence[dict[str, Any]] | None = None,
    decoder: np.ndarray | None = None,
) -> Path:
    """Make a workspace whose vectors are the pre-activations: feature f reads dimension f.

    Args:
        folder: where.
        activations: (N, F); what is above 0.5 fires, the rest nearly does.
        texts: of the documents, "document 0" and so on by default.
        metadata: further columns of each document.
        decoder: (F, F) rows, the unit vectors by default.
    """
    count, features = activations.shape
    corpus = folder.with_suffix(".jsonl")
    lines = [
        {"text": texts[i] if texts else f"document {i}", **(metadata[i] if metadata else {})}
        for i in range(count)
    ]
    corpus.write_text("".join(json.dumps(line) + "\n" for line in lines))
    import_corpus(folder, ImportRequest(corpus, text_column="text"), Job())
    with Workspace.open(folder) as opened:
        store = opened.index(IndexModel("made up", "f" * 64, "mean", "", features, False, 256))
        store.append(activations.astype(np.float32))
        opened.activate("f" * 64)
    sae = SparseAutoencoder(SAEConfig("batchtopk", features, features, k=1))
    with torch.no_grad():
        sae.encoder.copy_(torch.eye(features))
        sae.W_dec.copy_(torch.eye(features) if decoder is None else torch.from_numpy(decoder).float())
        sae.threshold.fill_(THRESHOLD)
    save_checkpoint(sae, folder / "saes" / NAME, {"model": {"fingerprint": "f" * 64}})
    return folder
