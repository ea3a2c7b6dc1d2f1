"""The names of features as the machine gives them, and where a workspace keeps them."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from engine.corpus.lock import writing
from engine.corpus.schema import add_later_tables, has_table, storage_errors, transaction
from engine.corpus.workspace import Workspace
from engine.errors import UserError
from engine.sae.checkpoints import checkpoint_digest
from engine.sae.runs import SAES

# Many rows in one parse are several times as fast as one by one; all of them in one would keep the window's
# thread waiting, as a parse never hands over the interpreter's lock.
_PARSED_AT_ONCE = 128


@dataclass(frozen=True)
class Keyword:
    """A phrase that goes with a feature.

    Attributes:
        text: one to three words that stand in a document of the feature.
        score: -1 to 1, the correlation over the documents that made the label of the phrase's similarity
            with the feature's activation.
    """

    text: str
    score: float


@dataclass(frozen=True)
class LabelScore:
    """How well a label stands for its feature, on documents that did not make it; NaN: cannot be said.

    Attributes:
        pearson: correlation of the documents' similarity to the label with the feature's activation.
        auprc: area under precision and recall of "active" when documents are ranked by that similarity.
        f1: of "active", at the threshold that is best on documents that made the label.
        lexical_f1: of "active", told by whether a document holds one of the keywords.
        discrimination_rank: how many features correlate with the label at least as well as its own, itself
            included: 1 is best; None where the feature fired on no held-out document.
        coherence: mean cosine of pairs of the feature's top documents, less that of random documents.
    """

    pearson: float
    auprc: float
    f1: float
    lexical_f1: float
    discrimination_rank: int | None
    coherence: float


@dataclass(frozen=True)
class MachineLabel:
    """The machine's name of one feature.

    Attributes:
        feature: its number.
        label: one to three keywords, joined by commas; None if it has no name.
        reason: why it has no name, empty if it has one.
        keywords: best first; the label is made of the first ones.
        fire_rate: share of all documents on which the feature is active.
        score: of the label; None without one.
    """

    feature: int
    label: str | None
    reason: str
    keywords: tuple[Keyword, ...]
    fire_rate: float
    score: LabelScore | None


def label_data(label: MachineLabel) -> dict[str, Any]:
    """Return a label as JSON's types; what cannot be said is None."""
    found: dict[str, Any] = asdict(label)
    if label.score is not None:
        found["score"] = {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in found["score"].items()
        }
    return found


def label_from_data(data: dict[str, Any]) -> MachineLabel:
    """Return the label that `label_data` wrote.

    Raises:
        ValueError, LookupError, TypeError, AttributeError, ArithmeticError: it is of another shape.
    """
    label, texts = data["label"], [one["text"] for one in data["keywords"]]
    if not all(isinstance(text, str) for text in (*texts, data["reason"], label or "")):
        raise TypeError("a text belongs where there is none")
    score = data["score"]
    if score is not None:
        rank = score["discrimination_rank"]
        numbers: dict[str, Any] = {
            name: math.nan if value is None else float(value) for name, value in score.items()
        }
        numbers["discrimination_rank"] = None if rank is None else int(rank)
        score = LabelScore(**numbers)
    return MachineLabel(
        feature=int(data["feature"]),
        label=label,
        reason=data["reason"],
        keywords=tuple(Keyword(one["text"], float(one["score"])) for one in data["keywords"]),
        fire_rate=float(data["fire_rate"]),
        score=score,
    )


def save_labels(
    workspace: Workspace, name: str, digest: str, labels: Sequence[MachineLabel], report: dict[str, Any]
) -> None:
    """Keep the labels of a dictionary and its report card, in place of earlier ones, in one transaction.

    Args:
        workspace: where.
        name: of the dictionary.
        digest: of its checkpoint.
        labels: one for each feature.
        report: the report card in JSON's types.

    Raises:
        UserError: another task writes to the workspace, or it cannot be written.
    """
    rows = [
        (name, label.feature, json.dumps(label_data(label), ensure_ascii=False, allow_nan=False))
        for label in labels
    ]
    database = workspace.database
    with writing(workspace.folder), storage_errors(workspace.folder), transaction(database):
        add_later_tables(database)
        database.execute("DELETE FROM labels WHERE dictionary = ?", (name,))
        database.executemany("INSERT INTO labels VALUES (?, ?, ?)", rows)
        database.execute(
            "INSERT OR REPLACE INTO label_runs VALUES (?, ?, ?)",
            (name, digest, json.dumps(report, allow_nan=False)),
        )


def load_labels(workspace: Workspace, name: str) -> tuple[MachineLabel, ...]:
    """Return the labels of a dictionary in the order of its features; empty if it has none yet.

    Labels of another autoencoder that had this name before count for nothing.

    Raises:
        UserError: they are damaged.
    """
    if load_report(workspace, name) is None:
        return ()
    with storage_errors(workspace.folder):
        rows = workspace.database.execute(
            "SELECT CAST(label AS TEXT) FROM labels WHERE dictionary = ? ORDER BY feature", (name,)
        ).fetchall()
    try:
        found: list[MachineLabel] = []
        for start in range(0, len(rows), _PARSED_AT_ONCE):
            texts = ",".join(text for (text,) in rows[start : start + _PARSED_AT_ONCE])
            found += map(label_from_data, json.loads(f"[{texts}]"))
        if len({label.feature for label in found if label.feature >= 0}) < len(found):
            raise ValueError("two of one feature, or one of none")
        return tuple(found)
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise _damaged(name, error) from error


def load_report(workspace: Workspace, name: str) -> dict[str, Any] | None:
    """Return the report card that was kept with the labels of a dictionary, None if it has no labels.

    Raises:
        UserError: it is damaged.
    """
    with storage_errors(workspace.folder):
        if not has_table(workspace.database, "label_runs"):
            return None
        row = workspace.database.execute(
            "SELECT autoencoder, report FROM label_runs WHERE dictionary = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        try:
            if checkpoint_digest(workspace.folder / SAES / name) != row["autoencoder"]:
                return None
        except FileNotFoundError:
            return None
    try:
        report = json.loads(row["report"])
    except (ValueError, TypeError, RecursionError) as error:
        raise _damaged(name, error) from error
    return report if isinstance(report, dict) else None


def _damaged(name: str, error: Exception) -> UserError:
    return UserError(f"the labels of {name} are damaged ({error}); make them again with `label`")
