"""Reports of results made from numpy alone."""

from engine.evidence.evidence import model_source
from engine.evidence.explanation_item import ExplanationItem
from engine.evidence.report import Report
from engine.report.provenance import WorkspaceSource, shell_command

WORKSPACE = WorkspaceSource("/data/papers", "a1" * 16, 4_000, "main", "5a" * 32)


def explanation_evidence(explanation, layer_path=None, concepts=None):
    concepts = concepts or {}
    workspace = WORKSPACE if concepts else None
    name = next((one.dictionary for one in concepts.values()), "")
    item = ExplanationItem(explanation.request, name, False, tuple(concepts) if concepts else None)
    return item.evidence(explanation, concepts, model_source(explanation.model, layer_path), workspace)


def explanation_command(explanation, layer_path=None):
    """Return the command that makes an explanation again."""
    evidence = explanation_evidence(explanation, layer_path)
    return shell_command(evidence.made, *evidence.item.arguments(evidence))


def html_report(explanation, layer_path=None, created=None, concepts=None):
    """Return the page of one explanation."""
    evidence = explanation_evidence(explanation, layer_path, concepts)
    return (Report((evidence,)) if created is None else Report((evidence,), created=created)).html()
