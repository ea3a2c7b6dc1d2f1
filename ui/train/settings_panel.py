"""What is to be trained: architecture, sizes, length, and what advice there is about them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ui.actions import Actions
from ui.buttons import follow_tip
from ui.icons import icons
from ui.plain import PlainLabel
from ui.theme import SPACE_L, SPACE_M, SPACE_S, set_size
from ui.train.wording import WARNING, advice_in_words
from ui.widgets.numbers import counted

if TYPE_CHECKING:
    from engine.concepts.run_settings import RunSettings
    from engine.sae.advice import Advice

ARCHITECTURES = {
    "batchtopk": ("BatchTopK", "k active features a document on average, chosen over the whole batch"),
    "topk": ("TopK", "Exactly k active features for every document"),
    "matryoshka": ("Matryoshka BatchTopK", "Nested groups: the first features are the most general"),
    "jumprelu": ("JumpReLU", "A learned threshold for each feature, driven to k active ones on average"),
    "vanilla": ("Vanilla (L1)", "Positive activations, kept few by a penalty; k does not apply"),
}
PATIENCE_POINTS = 10
LARGEST_NUMBERS = {
    "features": 131_072,
    "k": 100_000,
    "epochs": 100_000,
    "batch_size": 1_000_000,
    "seed": 2**31 - 1,
}


class SettingsPanel(QWidget):
    """The form at the left of Train."""

    changed = Signal()  # by a person or by the advice

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows = 0
        self._suggested: RunSettings | None = None
        self._taken: tuple[str, ...] = ()
        self._name_is_own = self._quiet = False
        self._restored: dict[str, Any] | None = None
        self.architecture = QComboBox(self)
        self.architecture.setAccessibleName("Architecture")
        self.architecture.view().setAccessibleName("Architecture")
        for value, (text, what) in ARCHITECTURES.items():
            self.architecture.addItem(text, value)
            self.architecture.setItemData(self.architecture.count() - 1, what, Qt.ItemDataRole.ToolTipRole)
        self.features = _spin("Features", 1, "How many concepts to look for", 64)
        self.k = _spin("Active features a document (k)", 1, "How many of them a document may use", 1)
        self.epochs = _spin("Epochs", 1, "Passes over all documents", 1)
        self.batch_size = _spin("Batch size", 1, "Documents a step", 64)
        self.seed = _spin("Seed", 0, "Of the first weights and of the order of documents", 1)
        for name, most in LARGEST_NUMBERS.items():
            getattr(self, name).setMaximum(most)
        self.patience = QCheckBox("Stop when it stands still", self)
        self.patience.setAccessibleName("Stop when it stands still")
        self.patience.setToolTip(
            f"Ends the run when the held-out FVU has not fallen for {PATIENCE_POINTS} of its 50 points"
        )
        self.name = QLineEdit(self)
        self.name.setAccessibleName("Name of the run")
        self.name.setToolTip("Letters, digits, dots, dashes and underscores; the folder in saes/")
        self.advice = PlainLabel(self)
        self.advice.setAccessibleName("Advice")
        self.advice.setWordWrap(True)
        self.advice.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        self.advice.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.advice.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.use_advice = QPushButton("Use the suggestion", self)
        self.use_advice.setAccessibleName("Use the suggestion")
        self.use_advice.clicked.connect(self._take_suggestion)
        self._start = actions["train.start"]
        self.start = QPushButton("Train features", self)
        icons.give(self.start, "play", "on_accent")
        self.start.setAccessibleName("Train features")
        follow_tip(self.start, self._start)
        self.start.setProperty("look", "primary")
        self.start.clicked.connect(self._start.trigger)
        self._start.enabledChanged.connect(self.start.setEnabled)
        self._lay_out()
        self.architecture.currentIndexChanged.connect(self._edited)
        for box in (self.features, self.k, self.epochs, self.batch_size, self.seed):
            box.valueChanged.connect(self._edited)
        self.patience.toggled.connect(self._edited)
        self.name.textEdited.connect(self._name_edited)
        self._describe()

    # -- what others use ------------------------------------------------------------------------------

    def settings(self, like: RunSettings) -> RunSettings:
        """Return what the form asks for, as a copy of `like`."""
        return dataclasses.replace(
            like,
            architecture=self.architecture.currentData(),
            features=self.features.value(),
            k=self.k.value(),
            epochs=self.epochs.value(),
            batch_size=self.batch_size.value(),
            seed=self.seed.value(),
            patience=PATIENCE_POINTS if self.patience.isChecked() else None,
        )

    @property
    def run_name(self) -> str:
        """The name in the form."""
        return self.name.text().strip()

    @property
    def own_name(self) -> str | None:
        """The name in the form, if a person wrote it."""
        return self.run_name if self._name_is_own else None

    def form(self) -> dict[str, Any] | None:
        """Return what the form holds, as plain data for `restore`; None if it holds what is suggested."""
        if self._restored is not None or self._suggested is None:
            return self._restored
        form = {
            "architecture": self.architecture.currentData(),
            **{name: getattr(self, name).value() for name in LARGEST_NUMBERS},
            "patience": PATIENCE_POINTS if self.patience.isChecked() else None,
        }
        return None if form == dataclasses.asdict(self._suggested) else form

    def restore(self, form: dict[str, Any] | None, name: str | None) -> None:
        """Fill the form as it was; the next workspace then suggests nothing. None: as it suggests."""
        self._restored = form
        self._name_is_own = name is not None
        if name is not None:
            self.name.setText(name)
        if form is not None:
            self._fill(form)
        else:
            self._take_suggestion()

    def show_corpus(
        self, rows: int, suggested: RunSettings | None, taken: Sequence[str], fresh: bool
    ) -> None:
        """Say how many documents there are; a fresh workspace brings its suggestion into the form."""
        self._rows, self._suggested, self._taken = rows, suggested, tuple(taken)
        restored, self._restored = self._restored, None
        if fresh and restored is None:
            self._name_is_own = False
            self._take_suggestion()
        elif self.run_name.lower() in {name.lower() for name in taken}:
            self._name_is_own = False
        self._edited()

    def show_settings(self, settings: RunSettings) -> None:
        """Put the settings of a run into the form."""
        self._fill(dataclasses.asdict(settings))

    # -- inside ---------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setHorizontalSpacing(SPACE_M)
        form.setVerticalSpacing(SPACE_M)
        for text, widget in (
            ("Architecture", self.architecture),
            ("Features", self.features),
            ("k", self.k),
            ("Epochs", self.epochs),
            ("Batch size", self.batch_size),
            ("Seed", self.seed),
            ("", self.patience),
            ("Name", self.name),
        ):
            form.addRow(text, widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        layout.setSpacing(SPACE_M)
        layout.addWidget(heading("New run"))
        layout.addLayout(form)
        layout.addWidget(self.start)
        layout.addSpacing(SPACE_L)
        layout.addWidget(heading("Before you train"))
        layout.addWidget(self.advice)
        layout.addWidget(self.use_advice, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addStretch(1)

    def _fill(self, form: Mapping[str, Any]) -> None:
        self._quiet = True
        self.architecture.setCurrentIndex(self.architecture.findData(form["architecture"]))
        for name in LARGEST_NUMBERS:
            getattr(self, name).setValue(form[name])
        self.patience.setChecked(form["patience"] is not None)
        self._quiet = False
        self._edited()

    def _take_suggestion(self) -> None:
        if self._suggested is not None:
            self.show_settings(self._suggested)

    def _name_edited(self) -> None:
        self._name_is_own = bool(self.run_name)
        self._edited()

    def _edited(self) -> None:
        if self._quiet:
            return
        self.k.setEnabled(self.architecture.currentData() != "vanilla")
        if not self._name_is_own:
            self.name.setText(self._free_name())
        self._describe()
        self.changed.emit()

    def _free_name(self) -> str:
        plain = f"{self.architecture.currentData()}-{self.features.value()}"
        if self.k.isEnabled():
            plain += f"-k{self.k.value()}"
        taken, name, number = {name.lower() for name in self._taken}, plain, 1
        while name.lower() in taken:
            number += 1
            name = f"{plain}-{number}"
        return name

    def _describe(self) -> None:
        self.architecture.setToolTip(self.architecture.currentData(Qt.ItemDataRole.ToolTipRole) or "")
        suggested = self._suggested
        self.use_advice.setVisible(suggested is not None)
        if suggested is None:
            self.advice.setText("Open a workspace whose documents are embedded.")
        else:
            each = self._rows / self.features.value()
            self.advice.setText(
                f"{counted(self._rows, 'document')}: {each:,.0f} for each feature.\n"
                f"Suggested: {suggested.features:,} features, k {suggested.k}."
            )

    def show_advice(self, advice: Advice) -> None:
        """Say what is to be expected of these settings."""
        self.advice.setText("\n".join(advice_in_words(advice)))

    def show_refusal(self, message: str) -> None:
        """Say why these settings cannot be trained."""
        self.advice.setText(f"{WARNING} {message}")


def heading(text: str) -> QLabel:
    """Return a heading inside a panel."""
    label = PlainLabel(text)
    set_size(label, "heading")
    return label


def _spin(name: str, low: int, what: str, step: int) -> QSpinBox:
    box = QSpinBox()
    box.setMinimum(low)
    box.setSingleStep(step)
    box.setGroupSeparatorShown(True)
    box.setAccessibleName(name)
    box.setToolTip(what)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
