"""What the page Inspect asks of the engine, and what comes back that no engine type says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.instrument import WorkspaceInfo
    from engine.retrieval.embedding_inspection import Inspection


@dataclass(frozen=True)
class InspectRequest:
    """Follow texts through the model in use; answered by an `Inspection`.

    Attributes:
        texts: one or more.
        pooling: how to pool for the similarities; None is the model's own way.
    """

    texts: tuple[str, ...]
    pooling: Literal["mean", "cls"] | None = None
    kind: str = "inspect"


@dataclass(frozen=True)
class InspectionTables:
    """Write an inspection down; answered by CSV tables by name, "tokens" and "similarities".

    Attributes:
        inspection: what to write.
    """

    inspection: Inspection
    kind: str = "inspection tables"


@dataclass(frozen=True)
class CompareModelsRequest:
    """Compare the model in use with another on the same texts; answered by a `ModelComparison`.

    Attributes:
        texts: three or more.
        folder: of the other model.
        device: where it runs.
    """

    texts: tuple[str, ...]
    folder: str
    device: str = "auto"
    kind: str = "compare models"


@dataclass(frozen=True)
class ReadIndexes:
    """Look at the indexes of the open workspace; answered by an `IndexState`."""

    kind: str = "read indexes"


@dataclass(frozen=True)
class BuildIndex:
    """Build the index of a model beside the others, or go on with it; answered by an `EmbedReport`.

    Attributes:
        workspace: its folder; the task opens it for itself.
        folders: of the model; where a fingerprint is given, where it may lie.
        device: where it runs.
        fingerprint: of the model, to go on with its index.
    """

    workspace: str
    folders: tuple[str, ...]
    device: str = "auto"
    fingerprint: str = ""
    kind: str = "build index"

    @property
    def title(self) -> str:
        """What is being done, for those who wait for it."""
        return f"Indexing {Path(self.workspace).name}"


@dataclass(frozen=True)
class CompareIndexes:
    """Compare two indexes on queries, which are saved first; answered by an `IndexComparison`.

    Attributes:
        queries: one or more.
        old: fingerprint of the model of one index.
        new: of the other.
        folders: where the models may lie.
        device: where they run.
    """

    queries: tuple[str, ...]
    old: str
    new: str
    folders: tuple[str, ...]
    device: str = "auto"
    kind: str = "compare indexes"


@dataclass(frozen=True)
class SwitchIndex:
    """Use another index from now on; answered by an `IndexState`.

    Attributes:
        fingerprint: of its model; empty goes back to the index that was in use before.
    """

    fingerprint: str = ""
    kind: str = "switch index"


@dataclass(frozen=True)
class IndexState:
    """What there is to be said about the indexes of the open workspace.

    Attributes:
        info: the workspace as it is now.
        previous: fingerprint of the model whose index was in use before, None if there is none.
        queries: the saved queries.
    """

    info: WorkspaceInfo
    previous: str | None
    queries: tuple[str, ...]
