"""Measure, print, and with ``--write`` fill the tables of the README beside this file."""

from __future__ import annotations

import argparse
import datetime
import importlib
import sys
import time
from pathlib import Path

from engine.files import write_atomically
from tests.benchmarks.measuring import Unavailable, machine
from tests.benchmarks.table import Row, between_markers, markdown, plain

README = Path(__file__).with_name("README.md")
NAMES = (
    "worked_pair",
    "next_candidate",
    "word_importance",
    "long_candidate",
    "window",
    "faithfulness",
    "scaling",
    "concepts",
    "search",
    "training",
    "labels",
    "browser",
)


def section(name: str, rows: list[Row], took: float) -> str:
    """The table of one benchmark and how it came about."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    command = f"python -m tests.benchmarks {name} --write"
    return f"{markdown(rows)}\n\n{today}, {machine()}; `{command}`, {took:.0f} s."


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"all by default: {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="few repeats, small samples: a trial, no result")
    parser.add_argument("--write", action="store_true", help=f"fill the tables of {README.name}")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.names if name not in NAMES]
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; choose from {', '.join(NAMES)}")
    if arguments.quick and arguments.write:
        parser.error("a quick run is a trial; leave out --quick to write results")
    missing = 0
    for name in arguments.names or NAMES:
        print(f"{name} ...", file=sys.stderr, flush=True)
        start = time.perf_counter()
        try:
            rows = importlib.import_module(f"tests.benchmarks.{name}").measure(quick=arguments.quick)
        except Unavailable as reason:
            print(f"{name}: not measured: {reason}", flush=True)
            missing += 1
            continue
        took = time.perf_counter() - start
        print(f"{name} ({took:.0f} s{', quick' if arguments.quick else ''})\n{plain(rows)}\n", flush=True)
        if arguments.write:
            written = between_markers(README.read_text(encoding="utf-8"), name, section(name, rows, took))
            write_atomically(README, written)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
