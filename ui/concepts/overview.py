"""How all features lie: map, families, co-activation, distributions, and what a text switches on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QSplitter, QTabWidget, QWidget

from ui.concepts.coactivation_plot import CoactivationPlot
from ui.concepts.family_tree import FamilyTree
from ui.concepts.feature_map import FeatureMap
from ui.concepts.requests import (
    FeatureDetail,
    FeatureRows,
    ReadCoactivation,
    ReadStructure,
    ReadText,
    Structure,
)
from ui.concepts.text_panel import TextPanel
from ui.requests import Answer, Failure
from ui.theme import Theme
from ui.widgets.histogram import HistogramPlot
from ui.widgets.numbers import percent

if TYPE_CHECKING:
    from ui.page import PageContext

_MOST_TOGETHER = 60


class Overview(QTabWidget):
    """Asks for what is known of all features; a choice in one panel is a choice in all."""

    feature_chosen = Signal(int)
    hovered = Signal(object)  # id of a feature that is pointed at, or None
    families_known = Signal(object)  # dict of feature to the head of its family
    problem = Signal(str)

    def __init__(self, context: PageContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._engine, self._background = context.engine, context.background
        self._folder = ""
        self._rows: FeatureRows | None = None
        self._structure: Structure | None = None
        self._feature: int | None = None
        self.setDocumentMode(True)
        self.setAccessibleName("Overviews of all features")
        self.tabBar().setAccessibleName("Overviews of all features")
        self.map = FeatureMap(self)
        self.families = FamilyTree(self)
        self.together = CoactivationPlot(self)
        self.text = TextPanel(self)
        empty = "No feature fires on any document."
        self.fire_rates = HistogramPlot(
            "Fire rates", "share of documents (logarithmic)", "features", empty, lambda x: percent(10**x)
        )
        self.thresholds = HistogramPlot(
            "Thresholds", "pre-activation above which a feature is active", "features",
            "Features of this architecture have no threshold of their own.",
        )  # fmt: skip
        distributions = QSplitter(Qt.Orientation.Horizontal, self)
        distributions.setAccessibleName("Distributions")
        distributions.addWidget(self.fire_rates)
        distributions.addWidget(self.thresholds)
        for title, widget, tip in (
            ("Map", self.map, "Features whose decoder rows are alike lie together"),
            ("Families", self.families, "Broad features, and the narrower ones that fire inside them"),
            ("Together", self.together, "How often the features of a cluster fire together"),
            ("Rates", distributions, "How often features fire, and from which pre-activation on"),
            ("Your text", self.text, "Paste a text and see what it switches on"),
        ):
            self.setTabToolTip(self.addTab(widget, title), tip)
        self._connect()

    @property
    def pictures(self) -> tuple[QWidget, ...]:
        """What can be saved as a picture."""
        return self.map, self.together, self.fire_rates, self.thresholds

    def set_folder(self, folder: str) -> None:
        """Take note of the workspace that is open."""
        self._folder = folder

    def show_rows(self, rows: FeatureRows, other: bool) -> None:
        """Take the names of the features; ask for how they lie if they are others than before."""
        renamed = self._rows is None or rows.labelled != self._rows.labelled
        self._rows = rows
        self.map.show_rows(rows.rows)
        self.families.show_rows(rows.rows)
        self.together.show_rows(rows.rows)
        self.text.show_rows(rows.rows, other)
        rates, thresholds = rows.fire_rates, rows.thresholds
        self.fire_rates.show_counts(rates.edges, rates.counts)
        if thresholds is None:
            self.thresholds.clear()
        else:
            self.thresholds.show_counts(thresholds.edges, thresholds.counts)
        if other or renamed:
            self._structure = None
            self.map.show_map(None, ())
            self.families.show_families(())
            self.together.show_matrix(None)
            self._background.submit(ReadStructure(self._folder, rows.dictionary))

    def show_matching(self, features: tuple[int, ...] | None) -> None:
        """Light up the features that are searched for; None for all."""
        self.map.show_matching(features)
        self.families.show_matching(features)

    def choose(self, feature: int | None) -> None:
        """Mark a feature in all panels."""
        self._feature = feature
        for panel in (self.map, self.families, self.together, self.text):
            panel.choose(feature)
        row = None if self._rows is None or feature is None else self._rows.rows[feature]
        self.fire_rates.mark_value(None if row is None or not row.alive else row.log_rate)
        self._show_cluster_of(feature)

    def hover(self, feature: int | None) -> None:
        """Light up a feature that is pointed at elsewhere."""
        self.map.hover(feature)

    def show_detail(self, detail: FeatureDetail) -> None:
        """Show what fires with a feature that lies in no cluster."""
        if detail.coactive and self._cluster_of(detail.feature) is None:
            features = (detail.feature, *(related.feature for related in detail.coactive))
            title = f"Around {self._rows.rows[detail.feature].name}"
            self._engine.submit(ReadCoactivation(detail.dictionary, features, title))

    def set_theme(self, theme: Theme) -> None:
        """Paint in another theme."""
        for panel in (self.map, self.together, self.text, self.fire_rates, self.thresholds):
            panel.set_theme(theme)

    # -- inside ----------------------------------------------------------------------------------------

    def _connect(self) -> None:
        self._background.answered.connect(self._answered)
        self._background.failed.connect(self._failed)
        self._engine.answered.connect(self._answered)
        for panel in (self.map, self.families, self.together, self.text):
            panel.feature_chosen.connect(self.feature_chosen)
        for panel in (self.map, self.families, self.together):
            panel.hovered.connect(self.hovered)
        self.map.cluster_chosen.connect(self._cluster_chosen)
        self.text.read_wanted.connect(self._read)

    @Slot(int)
    def _cluster_chosen(self, number: int) -> None:
        self._ask_together(number)
        self.setCurrentWidget(self.together)

    def _show_cluster_of(self, feature: int | None) -> None:
        if feature is None:
            return
        number = self._cluster_of(feature)
        if number is not None:
            self._ask_together(number)

    def _cluster_of(self, feature: int) -> int | None:
        clusters = () if self._structure is None else self._structure.clusters
        return next((place for place, one in enumerate(clusters) if feature in one.features), None)

    def _ask_together(self, number: int) -> None:
        cluster = self._structure.clusters[number]
        title = cluster.name
        members = cluster.features
        if len(members) > _MOST_TOGETHER:
            rows = self._rows.rows
            busiest = sorted(members, key=lambda feature: -rows[feature].fire_rate)[:_MOST_TOGETHER]
            members = tuple(feature for feature in members if feature in set(busiest))
            title = f"{title} (the {_MOST_TOGETHER} that fire most of {len(cluster.features)})"
        self._engine.submit(ReadCoactivation(self._rows.dictionary, members, title))

    @Slot(str)
    def _read(self, text: str) -> None:
        if self._rows is not None:
            self._engine.submit(ReadText(self._rows.dictionary, text))

    @Slot(object)
    def _answered(self, answer: Answer) -> None:
        request = answer.request
        if self._rows is None or getattr(request, "dictionary", "") != self._rows.dictionary:
            return
        match request:
            case ReadStructure() if request.folder == self._folder:
                self._show_structure(answer.value)
            case ReadCoactivation():
                self.together.show_matrix(answer.value)
                self.together.choose(self._feature)
            case ReadText():
                self.text.show_active(answer.value)

    def _show_structure(self, structure: Structure) -> None:
        before, self._structure = self._structure, structure
        if before is None or before.families is not structure.families:
            self.families.show_families(structure.families)
            self.families.choose(self._feature)
            heads = {family.feature: family.feature for family in structure.families}
            for family in structure.families:
                heads.update((child, family.feature) for child, _ in family.parents)
            self.families_known.emit(heads)
        if structure.positions is not None:
            self.map.show_map(structure.positions, structure.clusters)
            self.map.choose(self._feature)
            self._show_cluster_of(self._feature)

    @Slot(object)
    def _failed(self, failure: Failure) -> None:
        if isinstance(failure.request, ReadStructure):
            self.problem.emit(failure.message)
