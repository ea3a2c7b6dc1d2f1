"""What the page Train asks of the engine, and what comes back that no engine type says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.jobs import CancelToken
from ui.requests import ModelChoice

if TYPE_CHECKING:
    from engine.concepts.run_settings import RunSettings
    from engine.concepts.saved_runs import TrainingRun
    from engine.corpus.embedding import EmbedReport
    from engine.corpus.importing import ImportReport


@dataclass(frozen=True)
class PreviewCorpus:
    """Look at a corpus before it is imported; answered by a `CorpusPreview`.

    Attributes:
        corpus: a file, or a folder of text files.
        text_column: the column with the text, None to have it proposed.
        id_column: the column with the ids, None to have it proposed.
    """

    corpus: Path
    text_column: str | None = None
    id_column: str | None = None
    kind: str = "corpus"


@dataclass(frozen=True)
class MakeWorkspace:
    """Import a corpus and embed its documents, or go on with either; answered by `WorkspaceMade`.

    Attributes:
        folder: of the workspace.
        model: what embeds.
        corpus: what to import; None to embed only what is there.
        text_column, id_column, limit: as in `engine.corpus.importing.ImportRequest`.
    """

    folder: str
    model: ModelChoice
    corpus: Path | None = None
    text_column: str | None = None
    id_column: str | None = None
    limit: int | None = None
    kind: str = "import"

    @property
    def title(self) -> str:
        """What is being done, for those who wait for it."""
        return f"Making {Path(self.folder).name}" if self.corpus else f"Embedding {Path(self.folder).name}"


@dataclass(frozen=True)
class WorkspaceMade:
    """What a `MakeWorkspace` has brought; `imported` is None if there was nothing to import."""

    folder: str
    imported: ImportReport | None
    embedded: EmbedReport


@dataclass(frozen=True)
class ListRuns:
    """Read the training runs of a workspace; answered by `RunList`."""

    folder: str
    kind: str = "runs"


@dataclass(frozen=True)
class RunList:
    """The runs of a workspace, and what there is to train on.

    Attributes:
        folder: of the workspace.
        runs: newest first.
        rows: vectors of the index in use, 0 if no index is complete.
        suggested: the settings that suit them.
    """

    folder: str
    runs: tuple[TrainingRun, ...]
    rows: int
    suggested: RunSettings | None


@dataclass(frozen=True)
class DeleteRun:
    """Delete a run; answered by the `RunList` without it."""

    folder: str
    name: str
    kind: str = "delete"


@dataclass(frozen=True)
class TakeFeatures:
    """Take features that another program trained into the open workspace; answered by `FeaturesTaken`.

    Attributes:
        source: their folder.
    """

    source: str
    kind: str = "take"


@dataclass(frozen=True)
class FeaturesTaken:
    """Features that the workspace has now.

    Attributes:
        folder: of the workspace.
        name: what they are called there.
        features: how many they are.
        notes: one sentence for each thing that differs from the original.
        new: False if they lay in this workspace already.
    """

    folder: str
    name: str
    features: int
    notes: tuple[str, ...]
    new: bool


@dataclass(frozen=True)
class AskAdvice:
    """Say what can be said of a run before it begins; answered by an `Advice`.

    Attributes:
        folder: of the workspace.
        settings: what is to be trained.
        rows: vectors of the index; more of them are asked about anew.
    """

    folder: str
    settings: RunSettings
    rows: int
    kind: str = "advice"


@dataclass(frozen=True)
class TrainRun:
    """Train; answered by `RunProgress` while it goes on and by the finished `TrainingRun`.

    Attributes:
        folder: of the workspace.
        name: of the run.
        settings: what to train; None to go on with a paused run.
        finish: set to end the run where it is, and keep the result.
    """

    folder: str
    name: str
    settings: RunSettings | None
    finish: CancelToken
    kind: str = "train"

    @property
    def title(self) -> str:
        """What is being done, for those who wait for it."""
        return f"Training {self.name}"


@dataclass(frozen=True)
class RunProgress:
    """A run that is being trained, as it stands, with the points of before a pause."""

    run: TrainingRun


@dataclass(frozen=True)
class NameFeatures:
    """Name the features of a run; answered by `FeaturesNamed`.

    Attributes:
        folder: of the workspace.
        name: of the run.
        model: the model whose vectors it was trained on.
    """

    folder: str
    name: str
    model: ModelChoice
    kind: str = "label"

    @property
    def title(self) -> str:
        """What is being done, for those who wait for it."""
        return f"Naming the features of {self.name}"


@dataclass(frozen=True)
class FeaturesNamed:
    """How many features of a run have a name now, and how many it has."""

    name: str
    named: int
    features: int
