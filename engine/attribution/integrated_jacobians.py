"""Integrated Jacobians of an encoder, to a stated tolerance, in forward or reverse mode.

The contribution of token i is the integral over the straight path from the padding reference to the
text of the encoder's directional derivative along token i's own displacement (Moeller et al. 2024,
"Approximate Attributions for Off-the-Shelf Siamese Transformers", EACL). Forward-mode differentiation
needs one tangent per token and never forms the Jacobian; reverse mode needs one cotangent per direction
of the embedding space that matters, which is cheaper for a long text seen from a short one.
"""

import threading
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from engine.attribution.contributions import TokenContributions, completeness_error
from engine.attribution.quadrature import Pilot, Rule, run_pilot
from engine.encoder import Encoder, EncoderPath, FloatArray, TokenizedText
from engine.jobs import Job
from engine.memory import with_halved_chunks

METHOD = "integrated-jacobians"
# The error of single tokens was at most twice that of their sum on every text measured.
_SAFETY = 2.0
_PILOT_SHARE = 0.2
# One backward pass costs about this many forward tangents.
REVERSE_COST = 1.2
# The dual level of forward-mode differentiation is global to the process: one thread at a time.
differentiation_lock = threading.Lock()


def integrated_jacobians(
    encoder: Encoder,
    text: TokenizedText,
    layer: int = 0,
    tolerance: float = 2e-3,
    basis: FloatArray | None = None,
    job: Job | None = None,
) -> TokenContributions:
    """Return the contributions of every token of a text, integrated to `tolerance`.

    Args:
        encoder: the model.
        text: a text tokenized by it.
        layer: the layer whose inputs are varied, 0 (default) for the token embeddings.
        tolerance: relative Frobenius error of the vectors to reach; nodes are bought accordingly, at
            most 128. The completeness error reached is in the result.
        basis: (R, D) orthonormal directions of the embedding space that matter. If going through them
            in reverse mode is cheaper than one tangent per token, the result is given within their span.
        job: progress and cancellation, checked at every layer of every pass.

    Raises:
        UserError: no such layer, or memory ran out with the smallest chunks.
    """
    start, job = time.perf_counter(), job or Job()
    path = encoder.path(text, layer, job)
    embedding, padding = _embeddings(path, np.array([1.0, 0.0])).astype(np.float32)
    displaced = torch.nonzero((path.text_states - path.reference_states).abs().sum(dim=1))[:, 0]
    reverse = basis is not None and len(basis) * REVERSE_COST < len(displaced)

    pilot_job, main_job = job.part(0, _PILOT_SHARE), job.part(_PILOT_SHARE, 1)
    rows = _rows_per_pass(encoder, len(text.ids))
    pilot = _pilot(path, tolerance, rows, pilot_job)
    rule = pilot.best_rule(tolerance / _SAFETY)
    with differentiation_lock:
        if reverse and basis is not None:
            vectors = _reverse(path, rule, basis, rows, main_job)
        else:
            vectors, basis = _forward(path, rule, displaced, len(embedding), rows, main_job), None
    return TokenContributions(
        text=text,
        vectors=vectors,
        embedding=embedding,
        reference=padding,
        padding=padding,
        error=completeness_error(vectors, embedding, padding, basis),
        nodes=len(rule.nodes),
        method=METHOD,
        layer=layer,
        seconds=time.perf_counter() - start,
        basis=basis,
    )


def _pilot(path: EncoderPath, tolerance: float, rows: int, job: Job) -> Pilot:
    done, device = 0, path.text_states.device

    def sample(chunk: int, alphas: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        nonlocal done
        pieces = []
        for first in range(0, len(alphas), chunk):
            job.step("finding the nodes", min(done / 100, 1.0))
            pieces.append(_embeddings(path, alphas[first : first + chunk]))
            done += len(pieces[-1])
        return np.concatenate(pieces)

    at_once = max(rows // len(path.text_states), 1)
    return run_pilot(
        lambda alphas: with_halved_chunks(lambda chunk: sample(chunk, alphas), at_once, device),
        tolerance / _SAFETY,
    )


def _forward(
    path: EncoderPath, rule: Rule, displaced: torch.Tensor, dimension: int, rows: int, job: Job
) -> FloatArray:
    """Integrate one tangent per displaced token; the primal pass is shared by all of them."""
    displacement = path.text_states - path.reference_states
    length, device = len(displacement), displacement.device
    nodes, weights = _as_tensors(rule, displacement)

    def run(rows: int) -> torch.Tensor:
        tangents_a_pass = max(min(rows // length, len(displaced)), 1)
        nodes_a_pass = max(rows // (length * tangents_a_pass), 1)
        total = torch.zeros(length, dimension, device=device)
        passes = [
            (n, t)
            for n in range(0, len(nodes), nodes_a_pass)
            for t in range(0, len(displaced), tangents_a_pass)
        ]
        for index, (n, t) in enumerate(passes):
            job.step(f"integrating over {len(nodes)} nodes", index / len(passes))
            states = path.reference_states + nodes[n : n + nodes_a_pass, None, None] * displacement
            tokens = displaced[t : t + tangents_a_pass]
            tangents = torch.zeros(len(tokens), *displacement.shape, device=device)  # (T, S, H)
            tangents[torch.arange(len(tokens)), tokens] = displacement[tokens]

            def derivative(tangent: torch.Tensor, states: torch.Tensor = states) -> torch.Tensor:
                along: torch.Tensor = torch.func.jvp(path, (states,), (tangent.expand_as(states),))[1]
                return along

            with torch.no_grad():
                derivatives = torch.func.vmap(derivative)(tangents)  # (T, K, D)
            total[tokens] += torch.einsum("k,tkd->td", weights[n : n + nodes_a_pass], derivatives)
        job.step("integrated", 1)
        return total

    vectors = with_halved_chunks(run, rows, device)
    return np.asarray(vectors.cpu().numpy(), dtype=np.float32)


def _reverse(path: EncoderPath, rule: Rule, basis: FloatArray, rows: int, job: Job) -> FloatArray:
    """Integrate one cotangent per basis direction; returns the vectors within the basis, (S, D)."""
    displacement = path.text_states - path.reference_states
    length, device = len(displacement), displacement.device
    nodes, weights = _as_tensors(rule, displacement)
    directions = torch.tensor(basis, device=device)

    def run(rows: int) -> torch.Tensor:
        # One graph serves every direction, so each pass may hold few nodes only.
        nodes_a_pass = -(-rows // (4 * length))
        total = torch.zeros(len(directions), length, device=device)
        for n in range(0, len(nodes), nodes_a_pass):
            job.step(f"integrating over {len(nodes)} nodes", n / len(nodes))
            states = path.reference_states + nodes[n : n + nodes_a_pass, None, None] * displacement
            states.requires_grad_()
            with torch.enable_grad():
                embedded = path(states)
            for index, direction in enumerate(directions):
                job.cancel.check()
                (gradient,) = torch.autograd.grad(
                    embedded,
                    states,
                    direction.expand_as(embedded),
                    retain_graph=index + 1 < len(directions),
                )  # (K, S, H)
                total[index] += torch.einsum(
                    "k,ksh,sh->s", weights[n : n + nodes_a_pass], gradient, displacement
                )
        job.step("integrated", 1)
        return total

    coordinates = with_halved_chunks(run, rows, device)
    return np.asarray(coordinates.T.cpu().numpy() @ basis, dtype=np.float32)


def _as_tensors(rule: Rule, like: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    nodes = torch.tensor(rule.nodes, dtype=like.dtype, device=like.device)
    return nodes, torch.tensor(rule.weights, dtype=like.dtype, device=like.device)


def _embeddings(path: EncoderPath, alphas: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the embeddings (n, D) at positions (n,) of the path."""
    start = path.reference_states
    positions = torch.tensor(alphas, dtype=start.dtype, device=start.device)
    with torch.no_grad():
        embedded = path(start + positions[:, None, None] * (path.text_states - start))
    return np.asarray(embedded.double().cpu().numpy())


def _rows_per_pass(encoder: Encoder, length: int) -> int:
    """Return how many token rows (tangents x nodes x tokens) one pass over texts of `length` may hold.

    On the CPU the widest tensor stays below 32 MB: above that the C library hands memory back to the
    system after every operation, and getting it again zeroed costs as much as the arithmetic.
    """
    transformer: Any = encoder.model[0]
    config = transformer.model.config
    hidden = int(getattr(config, "hidden_size", encoder.info.dimension))
    feed_forward = int(getattr(config, "intermediate_size", 4 * hidden))
    attention = int(getattr(config, "num_attention_heads", 12)) * length
    widest = 4 * max(feed_forward, attention)  # bytes a row
    return max((24_000_000 if encoder.device.type == "cpu" else 1_000_000_000) // widest, length)
