"""The pages of the window, in the order of the switcher at its head."""

from __future__ import annotations

from ui.concepts.page import ConceptsPage
from ui.explain.workspace import ExplainWorkspace
from ui.inspect.page import InspectPage
from ui.page import Page, PageContext
from ui.rank.page import RankPage
from ui.train.page import TrainPage


def make_pages(context: PageContext) -> dict[str, Page]:
    """Return the pages by their names."""
    return {
        "Explain": ExplainWorkspace(context),
        "Rank": RankPage(context),
        "Concepts": ConceptsPage(context),
        "Train": TrainPage(context),
        "Inspect": InspectPage(context),
    }
