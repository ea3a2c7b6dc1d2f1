"""Thousands of explanations of differing texts in one process, and what becomes of its memory.

    python -m tests.endurance memory --count 10000

They go through the `Instrument` in a thread of its own, as in the window. Most are of layer 4, whose cost
is a fraction of that of layer 0 and whose allocations are alike; other methods, previews and tests of
faithfulness are mixed in. Every report is dropped; what stays is what the program itself keeps.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

WARM_UP = 500
EVERY = 50
# What the allocator takes and gives back between two readings, many times what a leak of the smallest
# result (some 100 kB) would not exceed over 10,000 explanations.
ALLOWED_SLOPE_MB = 2.0  # a thousand explanations


@dataclass(frozen=True)
class Reading:
    """Resident memory after a number of explanations."""

    done: int
    resident_mb: float
    seconds: float


def resident_mb() -> float:
    """Return the resident size of this process in megabytes (10^6 bytes)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmRSS in /proc/self/status")


def slope_mb(readings: list[Reading]) -> float:
    """Return the least-squares slope of resident memory, in megabytes a thousand explanations."""
    count = len(readings)
    mean_x = sum(one.done for one in readings) / count
    mean_y = sum(one.resident_mb for one in readings) / count
    above = sum((one.done - mean_x) * (one.resident_mb - mean_y) for one in readings)
    below = sum((one.done - mean_x) ** 2 for one in readings)
    return 1000 * above / below


class Texts:
    """Texts that never come twice, of mixed lengths, made of the words of the sample's documents."""

    def __init__(self, seed: int) -> None:
        from engine.corpus.workspace import Workspace
        from engine.resources import resource

        self._random = random.Random(seed)
        with Workspace.open(resource("sample")) as workspace:
            texts = workspace.texts(1, workspace.document_count)
        self._words = sorted({word for text in texts for word in text.split()})

    def one(self) -> str:
        """Return a text: most are short, a few are long."""
        kind = self._random.random()
        low, high = (3, 7) if kind < 0.9 else (7, 20) if kind < 0.995 else (60, 120)
        count = self._random.randint(low, high)
        return " ".join(self._random.choice(self._words) for _ in range(count))


def run(
    count: int,
    layer: int,
    seed: int,
    out: Path | None = None,
    model: Path | None = None,
    jacobians: float = 0.86,
) -> list[Reading]:
    """Explain `count` pairs; return the readings, and write each as a line of JSON as it comes.

    Args:
        count: how many.
        layer: whose inputs are varied.
        seed: of the texts and of the mix.
        out: a file that gets the readings; none by default.
        model: the folder of a model; the embedded one by default.
        jacobians: share of the explanations by integrated Jacobians; the others are made by leaving out one
            word (leave-one-out) or from the output layer, as many of each.
    """
    from engine.attribution.request import METHODS, ExplainRequest
    from engine.instrument import Instrument
    from engine.report.data import json_report

    instrument, texts, chance = Instrument(), Texts(seed), random.Random(seed + 1)
    instrument.load_model(model, "cpu")
    readings: list[Reading] = []
    start = time.monotonic()
    for done in range(1, count + 1):
        kind = chance.random()
        request = ExplainRequest(
            texts.one(),
            tuple(texts.one() for _ in range(2 if kind > 0.97 else 1)),
            method=METHODS[0 if chance.random() < jacobians else 1 + (kind < 0.5)],
            layer=layer,
            references="shared" if chance.random() < 0.2 else "projected",
            tolerance=0.02,
            faithfulness=chance.random() < 0.03,
            preview=chance.random() < 0.1,
        )
        explanation = instrument.explainer.explain(request, partial=lambda _: None)
        if done % 10 == 0:
            json_report(explanation)
        if done % EVERY == 0 or done == count:
            reading = Reading(done, resident_mb(), time.monotonic() - start)
            readings.append(reading)
            line = f"{reading.done} {reading.resident_mb:.1f} MB {reading.seconds:.0f} s"
            print(line, flush=True)
            if out is not None:
                with out.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(reading.__dict__) + "\n")
    return readings


def summary(readings: list[Reading]) -> tuple[str, bool]:
    """Return one line on a run, and whether its memory stayed flat after the warm-up."""
    flat = [one for one in readings if one.done >= WARM_UP]
    if len(flat) < 3:
        return "too few explanations to say anything: give --count 1000 at least", False
    slope = slope_mb(flat)
    line = (
        f"{readings[-1].done} explanations in {readings[-1].seconds:.0f} s:"
        f" {flat[0].resident_mb:.0f} MB after {flat[0].done}, {flat[-1].resident_mb:.0f} MB at the end,"
        f" at most {max(one.resident_mb for one in flat):.0f} MB; slope {slope:+.2f} MB a thousand"
    )
    return line, slope <= ALLOWED_SLOPE_MB


def main(arguments: argparse.Namespace) -> int:
    """Run as the window does: the engine in a thread of its own."""
    readings: list[Reading] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            readings.extend(
                run(
                    arguments.count,
                    arguments.layer,
                    arguments.seed,
                    arguments.out,
                    arguments.model,
                    arguments.jacobians,
                )
            )
        except BaseException as error:
            failed.append(error)
            raise

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if failed:
        return 1
    line, flat = summary(readings)
    print(line, file=sys.stderr)
    return 0 if flat else 1
