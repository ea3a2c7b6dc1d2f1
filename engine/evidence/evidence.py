"""A result with all that is needed to make it again: the item, its sources, its date."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.encoder import ModelInfo
from engine.encoder.loading import default_model_folder
from engine.instrument import Instrument
from engine.jobs import Job
from engine.report.html import Section
from engine.report.provenance import Made, ModelSource, WorkspaceSource
from engine.sae.checkpoints import checkpoint_digest

if TYPE_CHECKING:
    from engine.report.pages import Pages


class Item(Protocol):
    """What was asked: a frozen request that knows its result, its page, its tables and its command."""

    @property
    def kind(self) -> str:
        """ "explanation", "ranking" or "feature"."""

    @property
    def title(self) -> str:
        """One line that says what it is."""

    @property
    def needs_workspace(self) -> bool:
        """Whether it cannot be computed without one."""

    def compute(self, instrument: Instrument, job: Job | None = None) -> "Evidence":
        """Compute it with what is loaded."""

    def arguments(self, evidence: "Evidence") -> tuple[str, list[str]]:
        """Return the subcommand and the arguments that make it again."""

    def texts(self, evidence: "Evidence") -> Mapping[str, str]:
        """Return the texts that it shows, by name."""

    def result_data(self, evidence: "Evidence") -> dict[str, Any]:
        """Return the result as JSON's types."""

    def section(self, evidence: "Evidence", place: int) -> Section:
        """Return the item of the page at a place, from 0."""

    def write(self, evidence: "Evidence", pages: "Pages") -> None:
        """Write the item on printed pages; importing `Pages` imports matplotlib."""

    def tables(self, evidence: "Evidence") -> Mapping[str, str]:
        """Return the CSV tables by name."""


@dataclass(frozen=True)
class Evidence:
    """An item and what came of it.

    Attributes:
        item: what was asked.
        result: what came of it; its type is the item's affair.
        model: that answered.
        workspace: whose documents or features were used, None if none were.
        made: when, and by what.
    """

    item: Item
    result: Any
    model: ModelSource
    workspace: WorkspaceSource | None
    made: Made

    @property
    def kind(self) -> str:
        """ "explanation", "ranking" or "feature"."""
        return self.item.kind

    @property
    def title(self) -> str:
        """One line that says what it is."""
        return self.item.title


def model_source(info: ModelInfo, layer_path: str | None = None) -> ModelSource:
    """Return what is recorded of a model: where it lies, unless it is the embedded one."""
    embedded = Path(info.folder) == default_model_folder()
    folder = "" if embedded else str(Path(info.folder).absolute())
    return ModelSource(replace(info, folder=folder), layer_path)


def workspace_source(instrument: Instrument, dictionary: str = "") -> WorkspaceSource:
    """Return what is recorded of the open workspace, and of an autoencoder in it.

    Raises:
        UserError: none is open, it has no complete index, or no such autoencoder.
    """
    workspace = instrument.workspace
    digest = checkpoint_digest(instrument.open_dictionary(dictionary).folder) if dictionary else ""
    return WorkspaceSource(
        str(workspace.folder.absolute()),
        workspace.identity,
        workspace.active_vectors().count,
        dictionary,
        digest,
    )


def fingerprints(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the sha256 of each text in UTF-8."""
    return {name: sha256(text.encode("utf-8", "surrogatepass")).hexdigest() for name, text in texts.items()}
