"""A trained autoencoder of a workspace, opened for use: its weights, and what it makes of the documents."""

import contextlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from engine.concepts.codes import Codes, FloatArray, encode, load_codes, save_codes
from engine.corpus.vectors import VectorStore
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.jobs import Job
from engine.sae.architectures import SparseAutoencoder
from engine.sae.checkpoints import WEIGHTS_FILE, checkpoint_digest, is_whole, load_checkpoint
from engine.sae.runs import SAES, TRAINING_FILE, run_folders


@dataclass(frozen=True)
class Dictionary:
    """The features of one autoencoder over the documents of one workspace.

    Attributes:
        name: of its folder in `saes/`.
        folder: where it lies.
        sae: the autoencoder, on the CPU.
        index: the vectors that it reads, row i of the document with id i + 1.
        codes: their activations.
        training: `training.json`: how it was trained or imported; empty without the file.
    """

    name: str
    folder: Path
    sae: SparseAutoencoder
    index: VectorStore
    codes: Codes
    training: dict[str, Any]

    @property
    def features(self) -> int:
        """F, how many features there are."""
        return self.sae.config.features

    @cached_property
    def encoder(self) -> FloatArray:
        """(D, F) encoder weights: a pre-activation is linear in the vector."""
        weights: FloatArray = self.sae.W_enc.detach().numpy()
        return weights

    @cached_property
    def decoder(self) -> FloatArray:
        """(F, D) decoder rows."""
        weights: FloatArray = self.sae.W_dec.detach().numpy()
        return weights

    def activations(self, vectors: FloatArray) -> csr_array:
        """Return the activations (N, F) of vectors (N, D) of the same model."""
        return encode(self.sae, np.atleast_2d(vectors))

    def check_model(self, fingerprint: str) -> None:
        """Refuse vectors of another model.

        Raises:
            UserError: `fingerprint` is not that of the model whose vectors the autoencoder was trained on.
        """
        if fingerprint != self.index.model.fingerprint:
            raise UserError(
                f"the features of {self.name} belong to {self.index.model.name} "
                f"({self.index.model.fingerprint[:8]}), not to the model in use ({fingerprint[:8]}); "
                "choose that model, or train features on vectors of this one"
            )


def dictionary_names(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the autoencoders of a workspace whose checkpoints are whole, oldest first."""
    found = [folder for folder in run_folders(workspace.folder) if is_whole(folder)]
    found.sort(key=lambda folder: ((folder / WEIGHTS_FILE).stat().st_mtime_ns, folder.name))
    return tuple(folder.name for folder in found)


def open_dictionary(workspace: Workspace, name: str, job: Job | None = None) -> Dictionary:
    """Open an autoencoder of a workspace; activations that are not there yet are computed and kept.

    A workspace that cannot be written is used all the same, and its activations computed each time.

    Args:
        workspace: an open workspace.
        name: the autoencoder's.
        job: progress and cancellation.

    Raises:
        UserError: there is none of that name, it is damaged, it was trained on vectors of another model
            than the one in use, or no index has been completed.
    """
    folder = workspace.folder / SAES / name
    names = dictionary_names(workspace)
    if name not in names:
        known = f"there are {', '.join(names)}" if names else "train one with `train`"
        raise UserError(f"{workspace.folder} has no features called {name!r}; {known}")
    sae = load_checkpoint(folder).requires_grad_(False)
    index = workspace.active_vectors()
    training = _training(folder)
    model = training.get("model", {})
    trained_on = model.get("fingerprint", index.model.fingerprint) if isinstance(model, dict) else None
    if trained_on != index.model.fingerprint or sae.config.input_dim != index.model.dimension:
        raise UserError(
            f"the features of {name} were not trained on vectors of {index.model.name}, the model of the "
            "index in use; switch the index back, or train features on this one"
        )
    stamp = {
        "autoencoder": checkpoint_digest(folder),
        "model": index.model.fingerprint,
        "workspace": workspace.identity,
        "documents": str(index.count),
    }
    codes = load_codes(folder, stamp)
    if codes is None:
        codes = Codes(encode(sae, index.vectors, job))
        # Read-only, or full: the next one that opens it computes them again, in seconds.
        with contextlib.suppress(UserError):
            save_codes(folder, codes, stamp)
    return Dictionary(name, folder, sae, index, codes, training)


def _training(folder: Path) -> dict[str, Any]:
    path = folder / TRAINING_FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path} cannot be read ({error}); restore it or train again") from error
    if not isinstance(found, dict):
        raise UserError(f"{path} is no object of settings; restore it or train again")
    return found
