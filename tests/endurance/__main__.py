"""Long trials that no test run has time for; their results stand in the README beside this file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.endurance import kills, memory, window


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser(prog="python -m tests.endurance", description=__doc__)
    trials = whole.add_subparsers(required=True, metavar="trial")
    one = trials.add_parser("memory", help="explain thousands of pairs and watch the resident size")
    one.add_argument("--count", type=int, default=10_000)
    one.add_argument("--layer", type=int, default=4)
    one.add_argument("--seed", type=int, default=0)
    one.add_argument("--out", type=Path, help="a file that gets one line of JSON for each reading")
    one.add_argument("--model", type=Path, help="the folder of a model; the embedded one by default")
    one.add_argument("--jacobians", type=float, default=0.86, help="share of explanations by that method")
    one.set_defaults(run=memory.main)
    one = trials.add_parser("kills", help="kill the work at random moments and look at what is left")
    one.add_argument("--count", type=int, default=200)
    one.add_argument("--seed", type=int, default=0)
    one.set_defaults(run=kills.main)
    one = trials.add_parser("window", help="show hundreds of results and watch the resident size")
    one.add_argument("--count", type=int, default=500)
    one.set_defaults(run=window.main)
    return whole


if __name__ == "__main__":
    arguments = parser().parse_args()
    sys.exit(arguments.run(arguments))
