"""The table of features and the page of one feature, as text for a terminal."""

import math
import shutil
from collections.abc import Mapping, Sequence

from engine.cli.terminal import block, bold, display_width, padded
from engine.concepts.alignment import AlignedValue, Alignment
from engine.concepts.coactivation import Histogram, Neighbour
from engine.concepts.examples import Example
from engine.concepts.page import FeaturePage
from engine.concepts.table import FeatureTable
from engine.corpus.journal import Annotation
from engine.report.lines import fitted
from engine.report.numbers import MINUS, unsigned
from engine.report.segments import one_line

NAME_COLUMN, MOST_NEIGHBOURS, MOST_VALUES, MOST_NEAR = 40, 8, 8, 3
_WIDEST, _MARGIN, _BAR = 110, 12, 8
_BARS = "▁▂▃▄▅▆▇█"


def printed_table(
    name: str,
    table: FeatureTable,
    features: Sequence[int],
    matched: Mapping[int, str],
    total: int,
    styled: bool,
) -> str:
    """Return rows of the table as lines of text.

    Args:
        name: of the autoencoder.
        table: of all features.
        features: which rows, in their order.
        matched: of a search: by what each was found.
        total: how many features there were to show.
        styled: whether the terminal shows colours.
    """
    live = int((table.fire_rate > 0).sum())
    lines = [f"{bold(name, styled)}: {len(table.labels):,} features, {live:,} of them live", ""]
    if features:
        width = max(len(str(feature)) for feature in features)
        shown = [_named(table.labels[feature], feature) for feature in features]
        column = min(max(map(display_width, shown)), NAME_COLUMN)
        found = "  found by" if matched else ""
        lines.append(f"   {'':>{width}}  {padded('label', column)}  score  fires in  family{found}")
        for feature, label in zip(features, shown, strict=True):
            family = int(table.family[feature])
            row = (
                f" {'*' if table.starred[feature] else ' '} {feature:>{width}}"
                f"  {padded(fitted(label, column, display_width), column)}"
                f"  {_score(table.score[feature]):>5}  {_share(table.fire_rate[feature]):>8}"
                f"  {family if family >= 0 else '-':>6}"
            )
            lines.append(f"{row}  {matched[feature]}" if feature in matched else row)
    if len(features) < total:
        lines.append(f"   and {total - len(features):,} more; --top shows more")
    if not features:
        lines.append("   no feature matches")
    if not table.labelled:
        lines += ["", "The features have no names yet; run `label` to give them some."]
    return "\n".join(lines).replace(MINUS, "-") + "\n"


def printed_page(page: FeaturePage, labels: Sequence[str], styled: bool) -> str:
    """Return everything about one feature as lines of text.

    Args:
        page: of the feature.
        labels: names of all features, for its neighbours.
        styled: whether the terminal shows colours.
    """
    star = " *" if page.annotation.starred else ""
    parts = [
        [f"{bold(f'feature {page.feature}', styled)}  {page.name or '(no name)'}{star}"],
        [*_activity(page), *_name(page), *_said(page.annotation)],
    ]
    if page.examples.top:
        parts.append(block("Strongest", _examples(page.examples.top)))
        parts.append(block("By strength", _examples(page.examples.quantiles)))
    if page.examples.near_misses:
        parts.append(block("Near misses", _examples(page.examples.near_misses[:MOST_NEAR])))
    parts.append(block("Similar", _neighbours(page.similar, labels, "cosine")))
    parts.append(block("Co-active", _neighbours(page.coactive, labels, "phi")))
    if page.head is not None:
        parts.append(block("Family", _family(page, page.head, labels)))
    if page.alignment is not None:
        parts.append(block("Metadata", _values(page.alignment)))
    return "\n\n".join("\n".join(part) for part in parts).replace(MINUS, "-") + "\n"


def _activity(page: FeaturePage) -> list[str]:
    line = f"fires in {_share(page.fire_rate)} of the documents ({page.documents:,})"
    if not page.documents:
        return block("Activity", [line])
    above = "" if page.threshold is None else f", above {page.threshold:.3g}"
    return block("Activity", [line + above, _bars(page.histogram)])


def _name(page: FeaturePage) -> list[str]:
    """Return what the machine says, which stays on record beside another name."""
    machine = page.machine
    if machine is None:
        return block("Label", ["the features have no names yet; run `label` to give them some"])
    lines = block("Label", [machine.label or f"none: {machine.reason}"])
    if machine.keywords:
        lines += block("Keywords", [", ".join(f"{one.text} {_score(one.score)}" for one in machine.keywords)])
    score = machine.score
    if score is not None:
        rank = "-" if score.discrimination_rank is None else f"{score.discrimination_rank:,}"
        text = (
            f"Pearson {_score(score.pearson)}, AUPRC {_score(score.auprc)}, F1 {_score(score.f1)},"
            f" rank {rank}, coherence {_score(score.coherence)}"
        )
        lines += block("Score", [text])
    return lines


def _said(said: Annotation) -> list[str]:
    lines = block("Note", [one_line(said.note)]) if said.note else []
    return lines + (block("Group", [said.group]) if said.group is not None else [])


def _named(label: str, feature: int) -> str:
    return one_line(label) or f"feature {feature}"


def _score(value: float) -> str:
    return unsigned(value, 2) if math.isfinite(value) else "-"


def _share(rate: float) -> str:
    return "never" if rate == 0 else f"{rate:.3%}" if rate < 0.01 else f"{rate:.1%}"


def _room() -> int:
    return max(min(shutil.get_terminal_size().columns, _WIDEST) - _MARGIN - 1, 40)


def _bars(histogram: Histogram) -> str:
    highest = max(int(histogram.counts.max()), 1)
    bars = "".join(
        " " if count == 0 else _BARS[min(math.ceil(_BAR * int(count) / highest) - 1, _BAR - 1)]
        for count in histogram.counts
    )
    return f"0 {bars} {histogram.edges[-1]:.3g}"


def _examples(examples: Sequence[Example]) -> list[str]:
    texts = [fitted(one_line(example.document.text), _room() - 8, display_width) for example in examples]
    return [
        f"{unsigned(example.activation, 3)}  {text}" for example, text in zip(examples, texts, strict=True)
    ]


def _neighbours(found: Sequence[Neighbour], labels: Sequence[str], measure: str) -> list[str]:
    if not found:
        return ["none"]
    return [
        f"{one.feature:>6}  {unsigned(one.value, 2)} {measure}"
        f"  {fitted(_named(labels[one.feature], one.feature), NAME_COLUMN, display_width)}"
        for one in found[:MOST_NEIGHBOURS]
    ]


def _family(page: FeaturePage, head: int, labels: Sequence[str]) -> list[str]:
    lines = [f"{page.family_size:,} features under {head}  {_named(labels[head], head)}"]
    if page.parent is not None:
        lines.append(f"parent {page.parent}  {_named(labels[page.parent], page.parent)}")
    lines += [f"child {child}  {_named(labels[child], child)}" for child in page.children[:MOST_NEIGHBOURS]]
    return lines


def _values(alignment: Alignment) -> list[str]:
    rows = [_value(value) for value in alignment.values[:MOST_VALUES]]
    lines = [f"goes with none of {alignment.tested:,} values that were tested"]
    if rows:
        heads = ("of its documents", "times chance", "of the value", "     q")
        lines = [
            "  ".join([*(f"{cell:>{len(head)}}" for cell, head in zip(cells, heads, strict=True)), name])
            for *cells, name in [(*heads, "column = value"), *rows]
        ]
        hidden = len(alignment.values) - len(rows)
        lines += [f"and {hidden:,} more of {alignment.tested:,} that were tested"] if hidden else []
    return lines + [f"{column} was not tested: {why}" for column, why in alignment.skipped.items()]


def _value(value: AlignedValue) -> tuple[str, str, str, str, str]:
    chance = "<1e-99" if value.q < 1e-99 else f"{value.q:.0e}"
    shown = fitted(one_line(value.value), NAME_COLUMN, display_width)
    return (
        f"{value.precision:.0%}",
        f"{value.lift:.1f}",
        f"{value.recall:.0%}",
        chance,
        f"{one_line(value.column)} = {shown}",
    )
