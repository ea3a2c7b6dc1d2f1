"""Two results side by side, figure by figure: what a report states, and what was recomputed.

Every value of a result belongs to a figure, so that none can be edited without a figure that differs.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from engine.report.segments import label

Verdict = Literal["stands", "differs", "cannot be checked"]
Path = tuple[str | int, ...]
_LONGEST = 60


@dataclass(frozen=True)
class Row:
    """One figure of a report, put to the test; all texts are one line, without control characters.

    Attributes:
        item: number of the item, from 1; 0 for the report itself.
        figure: what it is.
        stated: what the report says; of many numbers the one that is furthest off, if that is too far.
        recomputed: what came out now.
        allowed: the largest difference that is no difference.
        verdict: "stands", "differs" or "cannot be checked".
        note: why, where it does not stand.
    """

    item: int
    figure: str
    stated: str = ""
    recomputed: str = ""
    allowed: str = ""
    verdict: Verdict = "stands"
    note: str = ""


@dataclass(frozen=True)
class Allowance:
    """How far a number may be off.

    Attributes:
        relative: of the largest number of its figure.
        absolute: added to that.
        whole: how far numbers that count something may be off; they are the same by default.
    """

    relative: float = 0.0
    absolute: float = 0.0
    whole: int = 0


@dataclass(frozen=True)
class Rule:
    """A figure: which values belong to it, what it is called, and how far they may be off.

    Attributes:
        pattern: a regular expression that the whole path ("candidates/0/matrix/2/3") matches.
        name: of the figure; "{0}", "{1}" stand for the groups of the pattern, whole numbers counted
            from 1.
        allowance: of its numbers; texts and whole numbers must always be the same.
    """

    pattern: str
    name: str
    allowance: Allowance = Allowance()


def compare(item: int, stated: Any, recomputed: Any, rules: Sequence[Rule], skip: str = "") -> list[Row]:
    """Return a row for each figure of two results.

    Args:
        item: number of the item.
        stated: the result of the report, as JSON's types.
        recomputed: the result of now; what is not finite in either stands for nothing, and differs.
        rules: the first that matches a value says to which figure it belongs; what none matches belongs
            to "everything else" and must be the same.
        skip: a regular expression of paths that are no figures, such as seconds.
    """
    skipped, matchers = re.compile(skip or r"(?!)"), [(re.compile(r.pattern, re.ASCII), r) for r in rules]
    left, right = (
        {"/".join(map(str, path)): value for path, value in _leaves(data)} for data in (stated, recomputed)
    )
    figures: dict[str, tuple[Rule, list[str]]] = {}
    for path in dict.fromkeys([*left, *right]):
        if not skipped.fullmatch(path):
            name, rule = _figure(path, matchers)
            figures.setdefault(name, (rule, []))[1].append(path)
    return [_row(item, name, rule, paths, left, right) for name, (rule, paths) in figures.items()]


def _leaves(data: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(data, dict) and data:
        for key, value in data.items():
            yield from _leaves(value, (*path, str(key).replace("/", "\u2215")))
    elif isinstance(data, list) and data:
        for index, value in enumerate(data):
            yield from _leaves(value, (*path, index))
    else:
        yield path, data


def _figure(path: str, matchers: Sequence[tuple[re.Pattern[str], Rule]]) -> tuple[str, Rule]:
    for pattern, rule in matchers:
        match = pattern.fullmatch(path)
        if match:
            return rule.name.format(*(_in_words(group or "") for group in match.groups())), rule
    return "everything else", Rule("", "")


def _in_words(group: str) -> str:
    place = group.isascii() and group.isdigit() and len(group) < 10
    return str(int(group) + 1) if place else group.replace("_", " ")


def _row(
    item: int, name: str, rule: Rule, paths: list[str], left: dict[str, Any], right: dict[str, Any]
) -> Row:
    numbers = [path for path in paths if _is_measure(left.get(path), right.get(path), rule.allowance)]
    measured = set(numbers)
    others = [path for path in paths if path not in measured]
    wrong = next((path for path in others if left.get(path, _ABSENT) != right.get(path, _ABSENT)), None)
    if wrong is not None:
        stated, recomputed = (_shown(side.get(wrong, _ABSENT)) for side in (left, right))
        return Row(item, name, stated, recomputed, "none", "differs", _place(wrong, paths))
    if not numbers:
        many = f"{len(others):,} values"
        stated, recomputed = (_shown(side[others[0]]) if len(others) == 1 else many for side in (left, right))
        return Row(item, name, stated, recomputed, "none")
    finite = [path for path in numbers if math.isfinite(left[path]) and math.isfinite(right[path])]
    off = {**dict.fromkeys(numbers, math.inf), **{path: abs(left[path] - right[path]) for path in finite}}
    worst = max(numbers, key=lambda path: off[path])
    largest = max((abs(right[path]) for path in finite), default=0.0)
    allowed = rule.allowance.relative * largest + rule.allowance.absolute + rule.allowance.whole
    stands = off[worst] <= allowed
    stated, recomputed = _shown(left[worst]), _shown(right[worst])
    if stands and len(numbers) > 1:
        stated, recomputed = f"{len(numbers):,} numbers", f"off by {off[worst]:.1g} at most"
    return Row(
        item,
        name,
        stated,
        recomputed,
        f"{allowed:.2g}" if allowed else "none",
        "stands" if stands else "differs",
        "" if stands else _place(worst, paths),
    )


class _Absent:
    """Stands for a value that only the other result has."""


_ABSENT = _Absent()


def _is_measure(left: Any, right: Any, allowance: Allowance) -> bool:
    """Return whether both are numbers that may be off by a little; whole ones count something."""
    count = isinstance(left, int) and isinstance(right, int) and not allowance.whole
    return _is_number(left) and _is_number(right) and not count


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    if isinstance(value, _Absent):
        return "nothing"
    if _is_number(value):
        return f"{value:,}" if isinstance(value, int) else f"{value:.7g}"
    return label(value, _LONGEST) if isinstance(value, str) else label(str(value), _LONGEST)


def _place(path: str, paths: list[str]) -> str:
    return f"at {label(path, 120)}" if len(paths) > 1 else ""
