"""How the pages of the window speak of one thing: the feature, the document, the pair in question."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class Navigator(QObject):
    """Carries from page to page what a person points at; every page may ask, and every page may listen.

    The selection of words inside one explained pair is `ui.selection.Selection`; this is the rest.
    """

    feature_changed = Signal(object)  # id of a feature of the dictionary in use, or None
    dictionary_changed = Signal(str)  # name of the autoencoder in use, empty for none
    explain_asked = Signal(str, object)  # a query and a tuple of candidates, to be explained
    search_asked = Signal(str)  # a query to rank the workspace's documents by
    ranking_asked = Signal(str, object)  # a query to rank a tuple of texts by
    page_asked = Signal(str)  # name of the page to bring to the front

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.feature: int | None = None
        self.dictionary = ""

    def choose_feature(self, feature: int | None) -> None:
        """Select a feature everywhere, or none."""
        if feature != self.feature:
            self.feature = feature
            self.feature_changed.emit(feature)

    def choose_dictionary(self, name: str) -> None:
        """Use the features of another autoencoder everywhere; numbers of features mean nothing any more."""
        if name != self.dictionary:
            self.choose_feature(None)
            self.dictionary = name
            self.dictionary_changed.emit(name)

    def show_feature(self, feature: int) -> None:
        """Select a feature and bring its page to the front."""
        self.choose_feature(feature)
        self.page_asked.emit("Concepts")

    def explain(self, query: str, candidates: tuple[str, ...]) -> None:
        """Bring Explain to the front with these texts."""
        self.page_asked.emit("Explain")
        self.explain_asked.emit(query, candidates)

    def search(self, query: str) -> None:
        """Bring Rank to the front with this query."""
        self.page_asked.emit("Rank")
        self.search_asked.emit(query)

    def rank(self, query: str, texts: tuple[str, ...]) -> None:
        """Bring Rank to the front with this query and these texts."""
        self.page_asked.emit("Rank")
        self.ranking_asked.emit(query, texts)
