"""Which page of the guide explains a widget: the one that it, or the nearest widget around it, carries."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ui.help.library import CONTENTS

PROPERTY = "help_topic"

# By the class of a page, a panel or a dialog. A widget may carry a topic of its own as a property instead.
OF_CLASSES = {
    "MainWindow": "first-steps#the-window",
    "Header": "first-steps#the-window",
    "StatusLine": "first-steps#the-status-line",
    "CommandPalette": "first-steps#find-a-command",
    "ExplainWorkspace": "explain",
    "InputPanel": "explain#write-the-texts",
    "RankPage": "rank",
    "QueryBar": "rank#search",
    "HitsTable": "rank#read-the-list",
    "HitView": "rank#words",
    "ContrastView": "rank#compare",
    "MissingView": "missing",
    "WhatIfView": "what-if",
    "SteeringPanel": "steer",
    "ConceptsPage": "concepts",
    "ConceptsHead": "concepts#find-a-feature",
    "FeatureList": "concepts#the-table-of-features",
    "FeatureView": "concepts#one-feature",
    "ExampleList": "concepts#examples",
    "FeatureMap": "concepts#map",
    "FamilyTree": "concepts#families",
    "CoactivationPlot": "concepts#together",
    "HistogramPlot": "concepts#rates",
    "TextPanel": "concepts#your-text",
    "TrainPage": "train",
    "SettingsPanel": "train#choose-the-settings",
    "EmptyTrain": "documents",
    "CurvePlot": "train#curves",
    "RunTable": "train#runs",
    "QualityTable": "train#quality-of-the-chosen-run",
    "CorpusDialog": "documents#import-a-file",
    "InspectPage": "inspect",
    "TextView": "inspect#inside",
    "SimilarityView": "inspect#similarities",
    "ModelsView": "models#two-models",
    "IndexView": "models#index",
    "SettingsDialog": "settings",
    "TrayDialog": "reports#collect-items",
    "VerifyDialog": "reports#verify-a-report",
    "ErrorDialog": "trouble#an-unexpected-error",
    "LogViewer": "trouble#the-log",
    "AboutDialog": "install#licences",
    "Callout": "first-steps#the-tour",
}
# By the name of a panel of Explain.
OF_PANELS = {
    "texts": "explain#texts",
    "connections": "explain#connections",
    "matrix": "explain#matrix",
    "candidates": "explain#candidates",
    "history": "explain#history",
    "dimensions": "explain#dimensions",
    "concepts": "explain#concepts",
    "flow": "explain#flow",
    "ledger": "trust#ledger",
    "faithfulness": "trust#faithfulness",
    "methods": "trust#methods",
}


def set_topic(widget: QWidget, address: str) -> None:
    """Let a page of the guide, "page" or "page#section", explain a widget and all that is in it."""
    widget.setProperty(PROPERTY, address)


def topic_of(widget: QWidget | None) -> str:
    """Return the page that explains a widget; the contents if nothing around it carries one."""
    while widget is not None:
        own = widget.property(PROPERTY) or _known(widget)
        if own:
            return str(own)
        widget = widget.parentWidget()
    return CONTENTS


def _known(widget: QWidget) -> str:
    if type(widget).__name__ == "QDockWidget":
        return OF_PANELS.get(widget.objectName(), "")
    return OF_CLASSES.get(type(widget).__name__, "")
