"""A result with all that is needed to make it again: the item, its sources, its date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from markupsafe import Markup

from engine.encoder import ModelInfo
from engine.encoder.loading import default_model_folder
from engine.instrument import Instrument
from engine.jobs import Job
from engine.report.html import Section
from engine.report.provenance import (
    Made,
    ModelSource,
    WorkspaceSource,
    made_now,
    shell_command,
    source_settings,
)
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
    def dictionary(self) -> str:
        """The autoencoder that it is about or uses, empty for none."""

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


def computed(item: Item, instrument: Instrument, result: Any, seconds: float) -> Evidence:
    """Return the evidence of a result that was computed now, with the sources that the item needs.

    Raises:
        UserError: see `workspace_source`.
    """
    return Evidence(
        item,
        result,
        model_source(instrument.encoder.info, instrument.layer_path),
        workspace_source(instrument, item.dictionary) if item.needs_workspace else None,
        made_now(seconds),
    )


def section_of(
    evidence: Evidence,
    *,
    title: str,
    heading: str,
    facts: tuple[str, ...],
    body: Markup,
    settings: Sequence[tuple[str, str]],
) -> Section:
    """Return an item of a page: what is said of it, with its sources and its command around.

    Args:
        evidence: of the item.
        title: where there are several items.
        heading: where there is only this one.
        facts: in a few words each.
        body: what is shown.
        settings: names and values, between the sources and the date.
    """
    sources, made = source_settings(evidence.model, evidence.workspace, evidence.made)
    return Section(
        kind=evidence.kind.capitalize(),
        title=title,
        heading=heading,
        facts=facts,
        body=body,
        settings=(*sources, *settings, *made),
        command=shell_command(evidence.made, *evidence.item.arguments(evidence)),
    )


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
