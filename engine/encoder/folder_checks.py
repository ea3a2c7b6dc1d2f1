"""What is looked at in a model folder before any library opens it: a stranger may have made it."""

import json
import math
import os
import stat
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from engine.errors import UserError

_LARGEST_TEXT = 300_000_000  # bytes; the largest tokenizers in use have 40 MB
_TEXTS = (".json", ".txt", ".jinja", ".md", ".py", ".model")
_MOST_LAYERS, _LARGEST_SIZE = 1_000, 10_000_000
# Weights shared by layers make a network smaller than its settings say, by far less than this.
_TIMES_THE_WEIGHTS = 20


def refuse_hostile_files(folder: Path) -> None:
    """Refuse links out of a model folder, things that are no files, and texts that are too large to parse.

    A snapshot in a hub's cache consists of links to files beside it, which are let through.

    Raises:
        UserError: there is one.
    """
    place = _root(folder)
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(parent, name)
            try:
                real, state = os.path.realpath(path), path.stat()
            except OSError as error:
                raise UserError(
                    f"cannot read {path}: {error.strerror or error}; copy the model again"
                ) from error
            if not Path(real).is_relative_to(place):
                raise UserError(f"{path} is a link that leads out of the model folder; put the file there")
            if not stat.S_ISREG(state.st_mode) and not stat.S_ISDIR(state.st_mode):
                raise UserError(f"{path} is no file; copy the model again")
            if path.suffix.lower() in _TEXTS and state.st_size > _LARGEST_TEXT:
                raise UserError(
                    f"{path} has {state.st_size:,} bytes, more than any model needs; copy it again"
                )


def _root(folder: Path) -> str:
    place = Path(os.path.realpath(folder))
    in_cache = place.parent.name == "snapshots" and place.parent.parent.name.startswith("models--")
    return str(place.parent.parent if in_cache else place)


def refuse_absurd_sizes(part: Path) -> None:
    """Refuse settings that ask for a network much larger than the weights beside them.

    What the weights lack would be made up with random numbers, until memory runs out.

    Raises:
        UserError: they do, or they are no settings.
    """
    path = part / "config.json"
    if not path.is_file():
        return
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"{part} cannot be loaded as a model: config.json is no JSON; copy it again"
        ) from error
    if not isinstance(config, dict):
        raise UserError(f"{part} cannot be loaded as a model: config.json holds no settings; copy it again")
    for name, number in _numbers(config):
        most = _MOST_LAYERS if "layers" in name else _LARGEST_SIZE
        is_size = name.endswith(
            ("_size", "_dim", "_model", "_ff", "_layers", "_heads", "_features", "_positions")
        )
        if (is_size or name.startswith(("n_", "num_")) or "position_embeddings" in name) and number > most:
            raise UserError(f"{path}: {name} is {number:,}, more than any model has; copy the model again")
    weights = _count_weights(part)
    sizes = dict(_numbers(config))
    hidden = sizes.get("hidden_size") or sizes.get("d_model") or sizes.get("dim") or 0
    tables = (sizes.get("vocab_size", 0), sizes.get("intermediate_size", 0), hidden)
    if weights and hidden * max(tables) > _TIMES_THE_WEIGHTS * weights:
        raise UserError(
            f"{path} describes a network many times as large as its weights ({weights:,} numbers);"
            " copy the model again"
        )


def _numbers(config: dict[str, Any]) -> list[tuple[str, int]]:
    """Return name and value of each whole number in settings, those inside of others included."""
    found = []
    for name, value in config.items():
        if isinstance(value, dict):
            found += _numbers(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            found.append((str(name), value))
    return found


def _count_weights(part: Path) -> int:
    """Return how many numbers the weights of a module are; 0 if it has none."""
    total = 0
    for path in part.glob("*.safetensors"):
        try:
            with safe_open(path, framework="np") as file:
                total += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
        except (SafetensorError, OSError):
            continue  # said of the file itself afterwards
    return total
