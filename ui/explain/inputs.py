"""What is to be explained, and how: the two texts, the method and its settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from engine.attribution.request import ExplainRequest
from ui.actions import Actions
from ui.buttons import action_button, follow_tip, menu_button
from ui.explain.text_field import TextField
from ui.flow_layout import FlowLayout
from ui.icons import icons
from ui.plain import PlainLabel, plain_name, plain_tip
from ui.settings import RecentInput, Settings
from ui.theme import SPACE_M, SPACE_S, SPACE_XS, set_size
from ui.widgets.numbers import counted

MAX_CANDIDATES = 100
METHOD_NAMES = {
    "integrated-jacobians": "Integrated Jacobians",
    "leave-one-out": "Leave one out",
    "output-layer": "Output layer",
}
REFERENCE_NAMES = {"projected": "Projected out", "shared": "Shared, as published"}
SIMILARITY_NAMES = {"cosine": "Cosine", "dot": "Dot product"}
TOLERANCE_NAMES = {5e-4: "0.0005", 2e-3: "0.002", 1e-2: "0.01", 5e-2: "0.05"}
_MENU_CHARACTERS = 70


def candidates_of(text: str) -> tuple[str, ...]:
    """Return the candidates in a text: its lines that are not blank, at most 100."""
    return tuple(line for line in text.splitlines() if line.strip())[:MAX_CANDIDATES]


class InputPanel(QWidget):
    """The fields above the panels."""

    edited = Signal()  # a text changed by hand
    settings_changed = Signal()  # a setting changed by hand
    recalled = Signal()  # texts put in place by a choice
    problem = Signal(str)

    def __init__(self, actions: Actions, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._quiet = False
        self.query = TextField("Query", "Type or paste a query", 3, self)
        self.candidates = TextField("Candidates, one per line", "One candidate per line", 3, self)
        for field in (self.query, self.candidates):
            field.textChanged.connect(self._text_changed)
            field.refused.connect(self.problem)
        self._count = PlainLabel(self)
        self._count.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.method = _combo("Method", METHOD_NAMES, "How contributions are computed")
        self.layer = QSpinBox(self)
        self.layer.setAccessibleName("Layer")
        self.layer.setToolTip("The layer whose inputs are varied; 0 is the words themselves")
        self.layer.setRange(0, 0)
        self.layer.setMinimumHeight(self.method.sizeHint().height())
        self.references = _combo("References", REFERENCE_NAMES, "What becomes of the padding reference")
        self.similarity = _combo("Similarity", SIMILARITY_NAMES, "What is explained")
        self.tolerance = _combo("Tolerance", TOLERANCE_NAMES, "Relative error of the integration")
        self.run = QPushButton("Run", self)
        self.run.setAccessibleName("Run")
        icons.give(self.run, "play", "on_accent")
        follow_tip(self.run, actions["run.explain"])
        self.run.setProperty("look", "primary")
        self.run.clicked.connect(actions["run.explain"].trigger)
        self.recent = menu_button("Recent", "Recent inputs", "Inputs that were explained before", self)
        self.recent.menu().aboutToShow.connect(self._fill_recent)
        live = action_button(actions["run.live"], parent=self)
        for widget in (self.method, self.references, self.similarity, self.tolerance):
            widget.currentIndexChanged.connect(self._setting_changed)
        self.layer.valueChanged.connect(self._setting_changed)
        self._lay_out(live)
        self._restore()
        self._describe()

    # -- what is asked --------------------------------------------------------------------------------

    def request(self) -> ExplainRequest | None:
        """Return what the fields ask for, or None if a text is missing."""
        query, candidates = self.query.toPlainText(), candidates_of(self.candidates.toPlainText())
        if not query.strip() or not candidates:
            return None
        return ExplainRequest(
            query=query,
            candidates=candidates,
            method=self.method.currentData(),
            layer=self.layer.value(),
            references=self.references.currentData(),
            similarity=self.similarity.currentData(),
            tolerance=self.tolerance.currentData(),
            preview=True,
        )

    def missing(self) -> str:
        """Return what has to be written before anything can be explained; empty if nothing."""
        if not self.query.toPlainText().strip():
            return "Write a query to see what connects it with the candidates."
        if not candidates_of(self.candidates.toPlainText()):
            return "Write at least one candidate, one on each line."
        return ""

    def set_texts(self, query: str, candidates: tuple[str, ...]) -> None:
        """Put texts into the fields; no signal is sent."""
        self._quiet = True
        self.query.setPlainText(query)
        self.candidates.setPlainText("\n".join(candidates))
        self._quiet = False
        self._describe()

    def set_request(self, request: ExplainRequest) -> None:
        """Put everything that a request asked for into the fields; no signal is sent."""
        self.set_texts(request.query, request.candidates)
        self._quiet = True
        for combo, value in (
            (self.method, request.method),
            (self.references, request.references),
            (self.similarity, request.similarity),
            (self.tolerance, request.tolerance),
        ):
            _choose(combo, value)
        if not self._layer_known:
            # No model has said yet how many it has; the next one will.
            self.layer.setRange(0, max(request.layer, self.layer.maximum()))
            self._layer_known = True
        self.layer.setValue(request.layer)
        self._quiet = False
        self._enable()

    def set_layers(self, count: int) -> None:
        """Say how many layers the model has."""
        self._quiet = True
        self.layer.setRange(0, max(count - 1, 0))
        if not self._layer_known:
            self.layer.setValue(self._settings.layer)
            self._layer_known = True
        self.layer.setSuffix(f" of {count}")
        self._quiet = False

    def open_file(self) -> None:
        """Let a person choose a text file for the candidates."""
        path, _filter = QFileDialog.getOpenFileName(
            self,
            "Open candidates, one per line",
            self._settings.last_folder,
            "Text (*.txt *.md *.csv);;All (*)",
        )
        if path:
            self._settings.last_folder = str(Path(path).parent)
            self.candidates.open_file(path)

    def remember(self) -> None:
        """Write the chosen settings down for the next run."""
        self._settings.method = self.method.currentData()
        self._settings.references = self.references.currentData()
        self._settings.similarity = self.similarity.currentData()
        self._settings.tolerance = self.tolerance.currentData()
        if self._layer_known:
            self._settings.layer = self.layer.value()

    # -- inside ---------------------------------------------------------------------------------------

    def _lay_out(self, live: QWidget) -> None:
        texts = QGridLayout()
        texts.setHorizontalSpacing(SPACE_M)
        texts.setVerticalSpacing(SPACE_S)
        above = QHBoxLayout()
        above.addWidget(_label("Candidates", self.candidates))
        above.addSpacing(SPACE_M)
        above.addWidget(self._count)
        above.addStretch(1)
        above.addWidget(self.recent)
        texts.addWidget(_label("Query", self.query), 0, 0)
        texts.addLayout(above, 0, 1)
        texts.addWidget(self.query, 1, 0)
        texts.addWidget(self.candidates, 1, 1)
        texts.setColumnStretch(0, 1)
        texts.setColumnStretch(1, 1)
        row = QWidget(self)
        flow = FlowLayout(row, horizontal=2 * SPACE_M)
        for name, widget in (
            ("Method", self.method),
            ("Layer", self.layer),
            ("References", self.references),
            ("Similarity", self.similarity),
            ("Tolerance", self.tolerance),
        ):
            flow.addWidget(_labelled(name, widget))
        buttons = QHBoxLayout()
        buttons.addWidget(live)
        buttons.addWidget(self.run)
        below = QHBoxLayout()
        below.addWidget(row, 1)
        below.addLayout(buttons)
        below.setAlignment(buttons, Qt.AlignmentFlag.AlignBottom)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addLayout(texts)
        layout.addLayout(below)

    def _restore(self) -> None:
        self._quiet = True
        _choose(self.method, self._settings.method)
        _choose(self.references, self._settings.references)
        _choose(self.similarity, self._settings.similarity)
        _choose(self.tolerance, self._settings.tolerance)
        self._layer_known = False
        self._quiet = False
        self._enable()

    def _text_changed(self) -> None:
        if not self._quiet:
            self._describe()
            self.edited.emit()

    def _setting_changed(self) -> None:
        self._enable()
        if not self._quiet:
            self.settings_changed.emit()

    def _enable(self) -> None:
        integrated = self.method.currentData() == "integrated-jacobians"
        self.layer.setEnabled(integrated)
        self.tolerance.setEnabled(integrated)

    def _describe(self) -> None:
        lines = sum(1 for line in self.candidates.toPlainText().splitlines() if line.strip())
        if lines > MAX_CANDIDATES:
            self._count.setText(f"first {MAX_CANDIDATES} of {lines:,}")
        else:
            self._count.setText("one per line, or drop a text file" if lines == 0 else counted(lines, "text"))

    def _fill_recent(self) -> None:
        menu = self.recent.menu()
        menu.clear()
        for entry in self._settings.recent_inputs:
            action = QAction(_shortened(entry.query), menu)
            action.setData(entry)
            action.setToolTip(plain_tip("\n".join(_shortened(text) for text in entry.candidates[:5])))
            action.triggered.connect(self._recall)
            menu.addAction(action)
        if not self._settings.recent_inputs:
            menu.addAction("Nothing was explained yet").setEnabled(False)

    def _recall(self) -> None:
        entry: RecentInput = self.sender().data()
        self.set_texts(entry.query, entry.candidates)
        self.recalled.emit()


def _combo(name: str, names: dict, tip: str) -> QComboBox:
    combo = QComboBox()
    combo.setAccessibleName(name)
    combo.view().setAccessibleName(name)
    combo.setToolTip(tip)
    for value, text in names.items():
        combo.addItem(text, value)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return combo


def _choose(combo: QComboBox, value: object) -> None:
    index = combo.findData(value)
    if index < 0:
        combo.addItem(f"{value:g}" if isinstance(value, float) else str(value), value)
        index = combo.count() - 1
    combo.setCurrentIndex(index)


def _label(text: str, buddy: QWidget) -> QLabel:
    label = PlainLabel(text)
    label.setBuddy(buddy)
    set_size(label, "heading")
    return label


def _labelled(text: str, widget: QWidget) -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(SPACE_XS)
    label = PlainLabel(text)
    label.setForegroundRole(label.palette().ColorRole.PlaceholderText)
    label.setBuddy(widget)
    layout.addWidget(label)
    layout.addWidget(widget)
    return box


def _shortened(text: str) -> str:
    line = plain_name(text)
    return line if len(line) <= _MENU_CHARACTERS else line[: _MENU_CHARACTERS - 1] + "…"
