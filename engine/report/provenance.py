"""Where a result comes from: versions, and the command that makes it again."""

import os
import platform
import shlex
import subprocess
import sys
from pathlib import Path

import numpy
import sentence_transformers
import torch
import transformers

import engine
from engine.attribution.explainer import Explanation
from engine.attribution.request import ExplainRequest
from engine.encoder.loading import choose_device, default_model_folder


def versions() -> dict[str, str]:
    """Return the versions of what computed the numbers."""
    return {
        "Semascope": engine.__version__,
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "sentence-transformers": sentence_transformers.__version__,
        "numpy": numpy.__version__,
    }


def reproducing_command(explanation: Explanation, layer_path: str | None = None) -> str:
    """Return the shell command that makes an explanation again, quoted for the shell of this system.

    Only settings that differ from the defaults are named.

    Args:
        explanation: what to make again.
        layer_path: the dotted path to the layers, if one was given for the model.
    """
    request, model = explanation.request, explanation.model
    arguments = [*_program(), "explain", *_option("--query", request.query)]
    for candidate in request.candidates:
        arguments += _option("--candidate", candidate)
    if Path(model.folder) != default_model_folder():
        arguments += _option("--model", model.folder)
    default = ExplainRequest(request.query, request.candidates)
    for name in ("method", "layer", "references", "similarity", "tolerance"):
        if getattr(request, name) != getattr(default, name):
            arguments += _option(f"--{name}", str(getattr(request, name)))
    if not request.faithfulness:
        arguments.append("--no-faithfulness")
    if model.device != choose_device().type:
        arguments += _option("--device", model.device)
    if layer_path is not None:
        arguments += _option("--layer-path", layer_path)
    return subprocess.list2cmdline(arguments) if os.name == "nt" else shlex.join(arguments)


def _program() -> list[str]:
    return [Path(sys.executable).name] if getattr(sys, "frozen", False) else ["python", "main.py"]


def _option(name: str, value: str) -> list[str]:
    # A value that begins with a dash would be read as an option.
    return [f"{name}={value}"] if value.startswith("-") else [name, value]
