"""What a piece of work has brought, finished or stopped, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.train.requests import FeaturesNamed, FeaturesTaken, NameFeatures, TrainRun, WorkspaceMade
from ui.widgets.durations import duration
from ui.widgets.numbers import counted, plain

if TYPE_CHECKING:
    from engine.concepts.saved_runs import TrainingRun
    from engine.sae.advice import Advice
    from ui.train.work import WorkRequest


WARNING = "\N{WARNING SIGN}"


def advice_in_words(advice: Advice) -> list[str]:
    """Return what can be said of a run beforehand, line by line."""
    each = advice.rows_per_feature
    written = f"{each:,.0f}" if each >= 10 else plain(each, 1)
    lines = [
        f"{counted(advice.rows, 'document')} to train on: {written} for each feature.",
        f"Suggested: {advice.suggested_features:,} features, k {advice.suggested_k}.",
        f"{counted(advice.steps, 'step')}"
        + (f", about {duration(advice.seconds)} on this machine." if advice.seconds else "."),
        f"The vectors spread over {advice.effective_dimension:,.0f} directions; the cosine of two of them is "
        f"{plain(advice.mean_cosine, 2)} on average.",
    ]
    return [*lines, *(f"\n{WARNING} {warning[:1].upper()}{warning[1:]}." for warning in advice.warnings)]


def done_in_words(value: object) -> str:
    """Return what a piece of work has brought."""
    if isinstance(value, WorkspaceMade):
        return import_in_words(value)
    if isinstance(value, FeaturesNamed):
        return f"{value.named:,} of {counted(value.features, 'feature')} of {value.name} have a name now."
    return end_in_words(value)


def stopped_in_words(request: WorkRequest) -> str:
    """Return what is left of a piece of work that was stopped."""
    match request:
        case TrainRun():
            return f"{request.name} is paused; resumed, it goes on exactly where it was."
        case NameFeatures():
            return f"Stopped; the features of {request.name} keep the names they had."
        case _:
            return "Stopped; what is done is kept."


def taken_in_words(taken: FeaturesTaken) -> str:
    """Return what has become of features that were dropped on the window."""
    features = counted(taken.features, "feature")
    if not taken.new:
        return f"{taken.name} is in this workspace already: {features}."
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in taken.notes)
    return f"{features} were taken into the workspace as {taken.name}.{notes}"


def import_in_words(made: WorkspaceMade) -> str:
    """Return what was imported, what was left out, and what was embedded."""
    embedded, imported = made.embedded, made.imported
    vectors = f"{counted(embedded.added, 'document')} embedded in {duration(embedded.seconds)}."
    if imported is None:
        return vectors
    left_out = [
        counted(imported.duplicates, "duplicate"),
        f"{imported.empty:,} empty",
        f"{imported.broken:,} broken",
    ]
    kept = counted(imported.documents, "document")
    lines = [f"{imported.rows:,} rows: {kept}; left out: {', '.join(left_out)}."]
    if imported.notices:
        lines.append(f"The first broken one is {imported.notices[0]}.")
    if imported.replaced:
        lines.append(f"{imported.replaced:,} documents hold bytes that are not {imported.encoding}.")
    if not imported.finished:
        lines.append("Stopped at the limit.")
    return " ".join([*lines, vectors])


def run_in_words(run: TrainingRun) -> str:
    """Return how far a run is, or how good it is, in a few words."""
    if run.status == "training":
        return f"at step {run.step:,}" if run.curve else "beginning"
    fvu = f"FVU {plain(run.heldout.fvu)}" if run.heldout is not None else ""
    return f"{fvu}, paused" if run.status == "paused" else fvu


def end_in_words(run: TrainingRun) -> str:
    """Return what a training has come to."""
    ended = "is trained" if run.status == "finished" else f"was ended at step {run.step:,}"
    held = run.heldout
    return (
        f"{run.name} {ended}: FVU {plain(held.fvu)}, cosine {plain(held.cosine)}, L0 {plain(held.l0, 1)}, "
        f"{100 * held.dead_fraction:.1f}% dead."
    )
