"""The subcommand `workspace`."""

import argparse
import sys
import time
from pathlib import Path

from engine.cli.interrupts import cancelling, ending_at_once
from engine.cli.options import add_model
from engine.cli.output import print_out
from engine.cli.progress import ProgressLine
from engine.cli.subcommands import Subcommands
from engine.corpus.importing import ImportReport, ImportRequest, check_corpus, import_corpus
from engine.jobs import CancelToken
from engine.startup import import_engine

_SHOWN_NOTICES = 5


def add_parser(commands: Subcommands) -> None:
    """Say what can be asked of `workspace`."""
    parser = commands.add_parser(
        "workspace",
        help="import a corpus into a folder and embed it",
        description="Import a corpus into a workspace folder and embed it; stopped, it goes on later.",
        allow_abbrev=False,
    )
    parser.add_argument("folder", metavar="DIR", help="the workspace; made if it is not there")
    parser.add_argument(
        "--corpus",
        required=True,
        metavar="FILE",
        help="a .csv, .tsv, .jsonl, .parquet or .txt file, or a folder of text files",
    )
    parser.add_argument("--text-column", metavar="NAME", help="column with the text (default: the likeliest)")
    parser.add_argument("--id-column", metavar="NAME", help="column with the ids (default: the likeliest)")
    parser.add_argument("--limit", type=int, metavar="N", help="keep at most N documents of the corpus")
    add_model(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Import a corpus into a workspace and embed it; run again, it goes on where it was stopped.

    The corpus and the model are looked at before anything is written.

    Raises:
        UserError: the corpus, the model or the folder cannot be used.
        Cancelled: it was interrupted; what was finished is kept.
    """
    request = ImportRequest(
        Path(arguments.corpus), arguments.text_column, arguments.id_column, arguments.limit
    )
    check_corpus(request)
    with ProgressLine(sys.stderr) as progress:
        progress.job().step("loading the model", 0)
        with ending_at_once():
            import_engine()
            from engine.corpus.embedding import document_embedder, embed_documents, index_model
            from engine.corpus.workspace import Workspace
            from engine.encoder import Encoder

            encoder = Encoder(arguments.model, arguments.device)
        token = CancelToken()
        with cancelling(token):
            start = time.monotonic()
            imported = import_corpus(arguments.folder, request, progress.job(token))
            seconds = time.monotonic() - start
            with Workspace.open(arguments.folder) as workspace:
                embedded = embed_documents(
                    workspace, index_model(encoder), document_embedder(encoder), progress.job(token)
                )
    lines = [
        *summary(imported, request.limit),
        f"{arguments.folder}: {embedded.count:,} documents with vectors of {embedded.model.name} "
        f"({embedded.model.dimension} dimensions)",
        f"imported in {seconds:.1f} s, embedded {embedded.added:,} documents in {embedded.seconds:.1f} s",
    ]
    if embedded.added:
        lines[-1] += f" ({embedded.added / embedded.seconds:,.0f} embeddings a second)"
    print_out("\n".join(lines) + "\n")
    return 0


def summary(report: ImportReport, limit: int | None) -> list[str]:
    """Return what a corpus brought, line by line."""
    columns = report.columns
    others = [name for name in columns.names if name not in (columns.text, columns.id)]
    roles = [f"text from column {columns.text!r}"]
    roles.append(f"ids from {columns.id!r}" if columns.id is not None else "no id column")
    roles.append(f"metadata: {', '.join(others)}" if others else "no metadata")
    kind = f"{report.kind}, {report.encoding}" if report.encoding else report.kind
    lines = [
        f"{report.corpus}: {kind}; {'; '.join(roles)}",
        f"{report.rows:,} rows: {report.documents:,} documents; left out: "
        f"{report.duplicates:,} duplicates, {report.empty:,} empty, {report.broken:,} broken",
    ]
    lines += [f"  {notice}" for notice in report.notices[:_SHOWN_NOTICES]]
    if report.broken > _SHOWN_NOTICES:
        lines.append(f"  and {report.broken - _SHOWN_NOTICES:,} more broken rows")
    if report.replaced:
        lines.append(f"documents with bytes that are not {report.encoding}: {report.replaced:,}; check them")
    if not report.finished:
        lines.append(f"stopped at the limit of {limit:,} documents")
    return lines
