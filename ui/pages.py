"""The pages of the window, in the order of the switcher at its head."""

from __future__ import annotations

from dataclasses import dataclass

from ui.actions import Actions
from ui.concepts.page import ConceptsPage
from ui.engine_thread import EngineThread
from ui.explain.workspace import ExplainWorkspace
from ui.inspect.page import InspectPage
from ui.navigator import Navigator
from ui.page import Page
from ui.rank.page import RankPage
from ui.settings import Settings
from ui.train.page import TrainPage


@dataclass(frozen=True)
class PageContext:
    """What a page is made with.

    Attributes:
        engine: answers what a person waits for.
        background: works on what takes minutes; it has its own model, workspace and features.
        actions: every action of the window.
        settings: what the last run remembered.
        navigator: what the pages tell each other.
    """

    engine: EngineThread
    background: EngineThread
    actions: Actions
    settings: Settings
    navigator: Navigator


def make_pages(context: PageContext) -> dict[str, Page]:
    """Return the pages by their names."""
    return {
        "Explain": ExplainWorkspace(context.engine, context.actions, context.settings, context.navigator),
        "Rank": RankPage(context),
        "Concepts": ConceptsPage(context),
        "Train": TrainPage(context),
        "Inspect": InspectPage(context),
    }
