"""The subcommand `inspect`."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model, add_outputs
from engine.cli.output import asked_for, deliver
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.jobs import CancelToken
from engine.startup import import_engine

if TYPE_CHECKING:
    from engine.retrieval.embedding_inspection import Inspection, TextInspection

_MOST_TOKENS, _MOST_TEXTS, _BAR, _LABEL = 60, 12, 20, 40
_EXAMPLE = """
example:
  %(prog)s --text "nectar turns into honey" --text "bees make honey" --pooling cls
"""


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `inspect`."""
    parser = commands.add_parser(
        "inspect",
        help="show how texts become vectors: tokens, shapes, norms, pooling, similarities",
        description="Show how texts become vectors, step by step, and how similar they come out.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--text", required=True, action="append", metavar="TEXT", help="a text; may be given more than once"
    )
    parser.add_argument(
        "--pooling",
        choices=("mean", "cls"),
        help="pool like this for the similarities (default: the model's own way)",
    )
    add_model(parser)
    add_outputs(parser, "json")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Inspect texts; write what was asked for, or print it."""
    outputs = asked_for(arguments)
    with ProgressLine(sys.stderr) as progress:
        token = CancelToken()
        progress.job().step("loading the model", 0)
        with ending_at_once():
            import_engine()
            from engine.encoder import Encoder
            from engine.report.inspection import inspection_json
            from engine.retrieval.embedding_inspection import inspect_texts

            encoder = Encoder(arguments.model, arguments.device)
        with cancelling(token):
            inspection = inspect_texts(encoder, arguments.text, arguments.pooling, progress.job(token))
    deliver([(output, inspection_json(inspection)) for output in outputs], lambda: printed(inspection))
    return 0


def printed(inspection: Inspection) -> str:
    """Return an inspection as lines of text."""
    model = inspection.model
    lines = [
        f"{model.name} ({model.fingerprint[:12]}): {model.layers} layers, {model.pooling} pooling, "
        f"{model.dimension} dimensions, reads {model.max_tokens:,} tokens"
    ]
    for number, text in enumerate(inspection.texts, start=1):
        lines += ["", f"Text {number}  {_shortened(text.text.text, _columns() - 10)}", ""]
        lines += _indented([*_steps(text), "", *_tokens(text), "", *_poolings(inspection, text)])
    if len(inspection.texts) > 1:
        lines += ["", *_similarities(inspection)]
    return "\n".join(lines) + "\n"


def _steps(one: TextInspection) -> list[str]:
    rows = [
        (
            step.name,
            " x ".join(f"{size:,}" for size in step.shape),
            step.what,
            "" if step.norm is None else f"norm {step.norm:.3f}",
        )
        for step in one.steps
    ]
    return _table(("step", "shape", "", ""), rows, right=(1,))


def _tokens(one: TextInspection) -> list[str]:
    text, largest = one.text, max(float(one.norms.max(initial=0)), 1e-12)
    rows = [
        (
            str(index),
            token,
            str(text.ids[index]),
            str(one.attention[index]),
            f"{one.norms[index]:.3f}",
            "█" * round(_BAR * float(one.norms[index]) / largest)
            + ("" if one.pooled[index] else " not pooled"),
        )
        for index, token in enumerate(text.tokens[:_MOST_TOKENS])
    ]
    lines = _table(("", "token", "id", "mask", "norm", ""), rows, right=(0, 2, 3, 4))
    if len(text.tokens) > _MOST_TOKENS:
        lines.append(f"and {len(text.tokens) - _MOST_TOKENS:,} more tokens; --json has them")
    if text.truncated:
        cut = text.text[text.seen_characters :].strip()
        lines += [
            f"cut off: the model reads {len(text.ids):,} of {text.total_tokens:,} tokens, "
            f"the first {text.seen_characters:,} of {len(text.text):,} characters; it does not see",
            f"  {_shortened(cut, _columns() - 6)}",
        ]
    return lines


def _poolings(inspection: Inspection, one: TextInspection) -> list[str]:
    names = [_pooling_name(inspection, name) for name in inspection.poolings]
    if len(names) == 1:
        return [f"pooling: {names[0]}; what follows takes no other"]
    rows = [(name, *(f"{value:.4f}" for value in row)) for name, row in zip(names, one.cosines, strict=True)]
    return _table(("cosine of poolings", *names), rows, right=range(1, len(names) + 1))


def _similarities(inspection: Inspection) -> list[str]:
    count = len(inspection.texts)
    shown = min(count, _MOST_TEXTS)
    title = f"Similarity (cosine, pooling: {_pooling_name(inspection, inspection.pooling)})"
    rows = [
        (
            str(i + 1),
            *(f"{inspection.cosines[i, j]:.3f}" for j in range(shown)),
            _shortened(inspection.texts[i].text.text, _LABEL),
        )
        for i in range(shown)
    ]
    lines = [title, *_indented(_table(("", *map(str, range(1, shown + 1)), ""), rows, range(shown + 1)))]
    if shown < count:
        lines.append(f"  and {count - shown:,} more texts; --json has them")
    return lines


def _pooling_name(inspection: Inspection, name: str) -> str:
    return f"model ({inspection.model.pooling})" if name == "model" else name


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Iterable[int]) -> list[str]:
    from engine.cli.terminal import display_width, padded

    numbers = set(right)
    widths = [max(display_width(row[column]) for row in (head, *rows)) for column in range(len(head))]
    return [
        "  ".join(
            " " * (widths[column] - display_width(cell)) + cell
            if column in numbers
            else padded(cell, widths[column])
            for column, cell in enumerate(row)
        ).rstrip()
        for row in (head, *rows)
    ]


def _shortened(text: str, columns: int) -> str:
    from engine.cli.terminal import display_width
    from engine.report.lines import fitted

    return fitted(" ".join(text.split()), max(columns, 20), display_width)


def _columns() -> int:
    return min(shutil.get_terminal_size().columns, 110)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]
