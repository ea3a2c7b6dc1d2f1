"""Importance of a text's tokens for a fixed other side, beside Captum's LayerIntegratedGradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.benchmarks.measuring import median_seconds
from tests.benchmarks.peers import captum_word_importance
from tests.benchmarks.table import Row, seconds
from tests.benchmarks.texts import CANDIDATE, QUERY

STEPS = 100
# From loose to tight; the first that is as accurate as the peer is compared with it.
TOLERANCES = (5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 5e-5, 2e-5, 1e-5, 5e-6, 2e-6, 1e-6)
FEWER_STEPS = (8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 36, 40, 44, 48, 56, 64, 80, 100)
DEFAULT_TOLERANCE = 2e-3


def measure(quick: bool = False) -> list[Row]:
    import torch

    from engine.attribution.integrated_jacobians import integrated_jacobians
    from engine.encoder import Encoder
    from tests.benchmarks.reference import converged

    encoder = Encoder(device="cpu")
    repeats = 3 if quick else 15
    folder = encoder.info.folder
    true = converged(folder, CANDIDATE, quick).vectors @ converged(folder, QUERY, quick).embedding
    text = encoder.tokenize(CANDIDATE)
    fixed = encoder.embed([encoder.tokenize(QUERY, "query")])[0]
    network: Any = encoder.model[0].model
    inside = set(text.content)
    padded = [encoder.pad_id if index in inside else int(token) for index, token in enumerate(text.ids)]

    def captum(steps: int) -> Any:
        return captum_word_importance(network, text.ids.tolist(), padded, torch.tensor(fixed), steps)

    def trapezoid(steps: int) -> Any:
        return captum_word_importance(
            network, text.ids.tolist(), padded, torch.tensor(fixed), steps, "riemann_trapezoid"
        )

    def ours(tolerance: float) -> Any:
        # With one direction in the basis, one backward pass a node gives all tokens.
        return integrated_jacobians(encoder, text, 0, tolerance, basis=fixed[None]).vectors @ fixed

    def error(found: Any) -> float:
        return float(np.linalg.norm(found - true) / np.linalg.norm(true))

    def first_within(method: Callable[[Any], Any], settings: tuple[Any, ...], limit: float) -> Any:
        """The cheapest setting with an error within the limit, or the best there is."""
        errors = {}
        for setting in settings:
            errors[setting] = error(method(setting))
            if errors[setting] <= limit:
                return setting, errors[setting]
        best = min(errors, key=errors.__getitem__)
        return best, errors[best]

    captum_error = error(captum(STEPS))
    captum_time = median_seconds(lambda: captum(STEPS), repeats)
    tight, tight_error = first_within(ours, TOLERANCES, captum_error)
    rough_error = error(trapezoid(STEPS))
    rough_time = median_seconds(lambda: trapezoid(STEPS), repeats)
    loose, loose_error = first_within(ours, TOLERANCES, rough_error)
    loose_time = median_seconds(lambda: ours(loose), repeats)
    tight_time = median_seconds(lambda: ours(tight), repeats)
    usual_error = error(ours(DEFAULT_TOLERANCE))
    usual_time = median_seconds(lambda: ours(DEFAULT_TOLERANCE), repeats)
    fewer, fewer_error = first_within(captum, FEWER_STEPS, usual_error)
    fewer_time = median_seconds(lambda: captum(fewer), repeats)
    vectors = integrated_jacobians(encoder, text, 0, DEFAULT_TOLERANCE).vectors
    cached_time = median_seconds(lambda: vectors @ fixed, 100)
    as_accurate = tight_error <= captum_error
    reached = as_accurate and captum_time >= 4 * tight_time
    return [
        Row(
            f"word importance as accurate as Captum at {STEPS} steps",
            f"{seconds(tight_time)} at tolerance {tight:g}, error {tight_error:.1e}"
            + ("" if as_accurate else " (the best there is)"),
            f"Captum {seconds(captum_time)}, error {captum_error:.1e}",
            f"{captum_time / tight_time:.2f} times the speed",
            "4 times",
            None if quick else reached,
        ),
        Row(
            f"word importance at the default tolerance {DEFAULT_TOLERANCE:g}, beside Captum at {STEPS} steps",
            f"{seconds(usual_time)}, error {usual_error:.1e}",
            f"Captum {seconds(captum_time)}, error {captum_error:.1e}",
            f"{captum_time / usual_time:.2f} times the speed",
        ),
        Row(
            "the same beside Captum with the fewest steps that are as accurate",
            f"{seconds(usual_time)}, error {usual_error:.1e}",
            f"Captum {seconds(fewer_time)} at {fewer} steps, error {fewer_error:.1e}",
            f"{fewer_time / usual_time:.2f} times the speed",
        ),
        Row(
            f"word importance as accurate as Captum's trapezoid rule at {STEPS} steps",
            f"{seconds(loose_time)} at tolerance {loose:g}, error {loose_error:.1e}",
            f"Captum {seconds(rough_time)}, error {rough_error:.1e}",
            f"{rough_time / loose_time:.2f} times the speed",
        ),
        Row(
            "word importance once the contributions are cached",
            seconds(cached_time),
            f"Captum at {STEPS} steps {seconds(captum_time)}",
            f"{captum_time / cached_time:.0f} times the speed",
            "free (at most 1 ms)",
            cached_time <= 1e-3,
        ),
    ]
