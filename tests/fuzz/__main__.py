"""Coverage-guided fuzzing of what reads files from strangers.

    python -m tests.fuzz readers --seconds 900 [--corpus FOLDER]

Needs atheris (Apache-2.0), which is not among the packages of the development environment. Any input must
give a result or a `UserError`. Other exceptions are counted by where they were raised, with one input each
kept in the folder; a hang of more than ten seconds, a crash, or more than 3 GB of memory end the run.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import os
import sys
import time
import traceback
from collections import Counter
from pathlib import Path

TARGETS = ("readers", "checkpoints", "workspaces", "reports")
_INSTRUMENTED = ("engine.corpus", "engine.sae", "engine.concepts", "engine.files", "engine.evidence")
_HANG_SECONDS, _MEMORY_MB = 10, 3_000


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument("--corpus", type=Path, help="where inputs are kept from run to run")
    arguments = parser.parse_args()
    try:
        import atheris
    except ImportError:
        parser.error("atheris is not installed here; python -m pip install atheris, then run again")
    with atheris.instrument_imports(include=list(_INSTRUMENTED)):
        target = importlib.import_module(f"tests.fuzz.{arguments.target}")
    folder = arguments.corpus or Path(f"fuzz-{arguments.target}")
    folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (folder / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    findings: Counter[str] = Counter()
    start, executions, slowest = time.monotonic(), 0, 0.0

    def one(data: bytes) -> None:
        nonlocal executions, slowest
        executions += 1
        began = time.monotonic()
        try:
            target.run(data)
        except Exception as error:
            key = signature(error)
            findings[key] += 1
            if findings[key] == 1:
                kept = folder.parent / f"finding-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
                kept.write_bytes(data)
                print(f"FOUND {key}\n  input in {kept}", flush=True)
                traceback.print_exc()
        slowest = max(slowest, time.monotonic() - began)
        if time.monotonic() - start > arguments.seconds:
            report()
            os._exit(1 if findings else 0)

    def report() -> None:
        took = time.monotonic() - start
        print(f"{arguments.target}: {executions} executions in {took:.0f} s, slowest {slowest:.2f} s")
        for key, count in findings.most_common():
            print(f"  {count} times {key}")
        sys.stdout.flush()

    options = [
        sys.argv[0],
        str(folder),
        f"-timeout={_HANG_SECONDS}",
        f"-rss_limit_mb={_MEMORY_MB}",
        "-max_len=20000",
        "-len_control=0",
        "-print_final_stats=1",
        f"-artifact_prefix={folder.parent}/",
    ]
    # What the readers would say to a person is not what this run is about.
    with contextlib.suppress(KeyboardInterrupt):
        atheris.Setup(options, one)
        atheris.Fuzz()
    return 0


def signature(error: BaseException) -> str:
    """Return what an error was and where it came from: the last lines of this repository it went through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f"{Path(f.filename).name}:{f.lineno}" for f in frames if "engine" in Path(f.filename).parts]
    return f"{type(error).__name__} at {' > '.join(own[-2:]) or 'the check'}"


if __name__ == "__main__":
    sys.exit(main())
