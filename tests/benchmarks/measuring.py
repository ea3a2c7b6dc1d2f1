"""Clocks, memory, arithmetic: what the benchmarks share. Linux only, for its /proc."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Unavailable(Exception):
    """Something that a benchmark needs is not here: one line on what to do."""


def timed(run: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def median_seconds(run: Callable[[], object], repeats: int) -> float:
    """The median over ``repeats`` calls, after one that is not counted."""
    run()
    return statistics.median(timed(run) for _ in range(repeats))


def peak_memory() -> int:
    """The most bytes that this process has held so far.

    Not ``ru_maxrss``: a child starts with the peak of the process that forked it.
    """
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise Unavailable("the system does not tell peak memory; run on Linux")


def alone(function: str, arguments: dict[str, Any], environment: dict[str, str | None] | None = None) -> Any:
    """Run ``module:function`` of this package in a process of its own and return what it returns.

    Args:
        function: as in ``"peers:retrivex"``.
        arguments: its keyword arguments; they and the result travel as JSON.
        environment: variables to set, or with None to leave out.
    """
    variables: dict[str, str | None] = {**os.environ, **(environment or {})}
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.alone", function, json.dumps(arguments)],
        cwd=ROOT,
        env={name: value for name, value in variables.items() if value is not None},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{function} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def matrix_rate(size: int = 1536, repeats: int = 8) -> float:
    """The best float32 rate (FLOP/s) of square matrix products here, over torch's precision settings.

    On this kind of processor the settings choose between libraries, not between precisions.
    """
    import torch

    a, b = torch.rand(size, size), torch.rand(size, size)
    before = torch.get_float32_matmul_precision()
    best = float("inf")
    try:
        for precision in ("highest", "medium"):
            torch.set_float32_matmul_precision(precision)
            torch.mm(a, b)
            best = min(best, *(timed(lambda: torch.mm(a, b)) for _ in range(repeats)))
    finally:
        torch.set_float32_matmul_precision(before)
    return 2 * size**3 / best


def count_flops(run: Callable[[], object]) -> int:
    """The floating-point operations of all matrix products in a call, those under vmap and jvp included.

    Torch's ``FlopCounterMode`` agrees, but its module tracker cannot follow ``torch.func.vjp``.
    """
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils.flop_counter import flop_registry

    class Counter(TorchDispatchMode):
        total = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            formula = flop_registry.get(func._overloadpacket)
            if formula is not None:
                self.total += formula(*args, **(kwargs or {}), out_val=result)
            return result

    with Counter() as counter:
        run()
    return counter.total


def machine() -> str:
    """Processor, cores and versions, for the line above each table."""
    import torch

    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if line.startswith("model name")
    ]
    processor = names[0] if names else platform.machine()
    cores, threads = os.cpu_count(), torch.get_num_threads()
    return (
        f"{processor}, {cores} cores, {threads} torch threads, torch {torch.__version__}, "
        f"Python {platform.python_version()}"
    )
