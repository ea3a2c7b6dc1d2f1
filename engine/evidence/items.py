"""The kinds of items, and evidence as JSON's types."""

from typing import Any

from engine.errors import UserError
from engine.evidence.evidence import Evidence, Item, fingerprints
from engine.evidence.explanation_item import ExplanationItem
from engine.evidence.feature_item import FeatureItem
from engine.evidence.ranking_item import RankingItem
from engine.report.plain import decode, encode, field, refused
from engine.report.provenance import Made, ModelSource, WorkspaceSource, shell_command

__all__ = ["Evidence", "ExplanationItem", "FeatureItem", "Item", "RankingItem"]

_ITEMS: dict[str, type[ExplanationItem] | type[RankingItem] | type[FeatureItem]] = {
    "explanation": ExplanationItem,
    "ranking": RankingItem,
    "feature": FeatureItem,
}


def evidence_data(evidence: Evidence) -> dict[str, Any]:
    """Return an item with its result, its sources and the command that makes it again."""
    item = evidence.item
    return {
        "kind": evidence.kind,
        "title": evidence.title,
        "item": encode(item),
        "model": encode(evidence.model),
        "workspace": encode(evidence.workspace),
        "made": encode(evidence.made),
        "command": shell_command(evidence.made, *item.arguments(evidence)),
        "texts": fingerprints(item.texts(evidence)),
        "result": item.result_data(evidence),
    }


def evidence_from_data(data: Any, place: str) -> Evidence:
    """Return the evidence that `evidence_data` wrote.

    The title, the command and the fingerprints of the texts are not read: they follow from the rest.

    Args:
        data: what a JSON parser gave.
        place: where it stands, for messages.

    Raises:
        UserError: something is missing, or does not fit the rest.
    """
    item = item_from_data(field(data, "kind", place), field(data, "item", place), place)
    model = decode(ModelSource, field(data, "model", place), f"{place}.model")
    raw = field(data, "workspace", place)
    workspace = None if raw is None else decode(WorkspaceSource, raw, f"{place}.workspace")
    if workspace is None and item.needs_workspace:
        raise refused(place, "has no workspace")
    if workspace is not None and (not item.needs_workspace or workspace.dictionary != item.dictionary):
        # It would be shown as a source, and nothing would be recomputed from it.
        raise refused(place, "names a workspace, or features, that it does not need")
    made = decode(Made, field(data, "made", place), f"{place}.made")
    result = item.result_from_data(field(data, "result", place), model, made.seconds, f"{place}.result")
    return Evidence(item, result, model, workspace, made)


def item_from_data(kind: Any, data: Any, place: str) -> ExplanationItem | RankingItem | FeatureItem:
    """Return the item that `engine.report.plain.encode` wrote.

    Args:
        kind: of the item.
        data: what a JSON parser gave.
        place: where it stands, for messages.

    Raises:
        UserError: the kind is not known, or something is missing.
    """
    if not isinstance(kind, str) or kind not in _ITEMS:
        raise UserError(f"{place} is of a kind that this version does not know; open it with a newer one")
    item = decode(_ITEMS[kind], data, f"{place}.item")
    if item.kind != kind:
        raise refused(place, "is of two kinds")
    return item
