"""Where a result comes from: model, workspace, versions, and the command that makes it again."""

import os
import platform
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import numpy
import sentence_transformers
import torch
import transformers

import engine
from engine.encoder import ModelInfo
from engine.report.segments import is_bidi_control, one_line
from engine.resources import is_frozen

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What PowerShell and the command prompt of Windows both take as it stands.
_BARE = re.compile(r"(--)?\w[\w:\\/.-]*", re.ASCII)
# Within double quotes. A quote that is doubled is one to both, and leaves no moment in which a sign such as
# & would be outside; the others mean something to PowerShell, which takes curly quotes for straight ones.
_IN_QUOTES = {'"': '""', "\n": "`n", "\r": "`r", "\t": "`t", **{sign: f"`{sign}" for sign in "`$“”„"}}


@dataclass(frozen=True)
class ModelSource:
    """The model behind a result.

    Attributes:
        info: what is known of it; its folder is empty for the embedded model.
        layer_path: the dotted path to the layers, if one was given for the model.
    """

    info: ModelInfo
    layer_path: str | None = None


@dataclass(frozen=True)
class WorkspaceSource:
    """The workspace behind a result.

    Attributes:
        folder: where it lies.
        identity: the random name that it was given at its making.
        documents: how many documents the index in use holds.
        dictionary: the name of the autoencoder, empty for none.
        digest: sha256 of its checkpoint, empty for none.
    """

    folder: str
    identity: str
    documents: int
    dictionary: str = ""
    digest: str = ""


@dataclass(frozen=True)
class Made:
    """When and by what a result was computed.

    Attributes:
        date: in UTC, as ISO 8601 to the second.
        seconds: that it took.
        versions: of what computed it, by name.
        program: how the program was called.
        shell: whose rules quote the command that makes it again.
    """

    date: str
    seconds: float
    versions: dict[str, str]
    program: Literal["python main.py", "semascope"]
    shell: Literal["posix", "windows"]


def made_now(seconds: float) -> Made:
    """Return when and by what a result was computed that took so long and is there now."""
    return Made(
        datetime.now(UTC).isoformat(timespec="seconds"),
        seconds,
        versions(),
        "semascope" if is_frozen() else "python main.py",
        "windows" if os.name == "nt" else "posix",
    )


def versions() -> dict[str, str]:
    """Return the versions of what computes the numbers."""
    return {
        "Semascope": engine.__version__,
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "sentence-transformers": sentence_transformers.__version__,
        "numpy": numpy.__version__,
    }


def source_settings(
    model: ModelSource, workspace: WorkspaceSource | None, made: Made
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """Return names and values of what a result comes from, and of how it was computed."""
    info = model.info
    normalized = "normalized" if info.normalized else "not normalized"
    sources = [
        ("Model", f"{info.name} ({info.family})"),
        ("Fingerprint of the model (sha256)", info.fingerprint),
        ("Fingerprint of the tokenizer (sha256)", info.tokenizer),
        ("Pooling", f"{info.pooling}, {normalized}"),
        ("Size", f"{info.dimension} dimensions, {info.layers} layers, {info.max_tokens:,} tokens at most"),
    ]
    if workspace is not None:
        sources.append(("Workspace", f"{Path(workspace.folder).name} ({workspace.documents:,} documents)"))
        sources.append(("Identity of the workspace", workspace.identity))
        if workspace.dictionary:
            sources.append(("Features", workspace.dictionary))
            sources.append(("Fingerprint of the features (sha256)", workspace.digest))
    return (
        tuple((name, one_line(value)) for name, value in sources),
        (
            ("Computed", f"{made.date.replace('T', ' ').replace('+00:00', ' UTC')}"),
            ("Computed in", f"{made.seconds:.1f} s on {info.device}"),
            ("Versions", one_line(", ".join(f"{name} {version}" for name, version in made.versions.items()))),
        ),
    )


def shell_command(made: Made, subcommand: str, arguments: Sequence[str]) -> str:
    """Return a command line of the program that made a result, quoted for the shell that it ran in.

    Control characters are written as escapes, so that a command which is pasted does what it says. On
    Windows it is quoted for PowerShell; the command prompt runs nothing else either, but has no escapes: it
    gives the program backticks as they stand, and puts a variable in the place of %NAME%.
    """
    quoted = _quoted_on_windows if made.shell == "windows" else _quoted
    return " ".join([made.program, *map(quoted, (subcommand, *arguments))])


def option(name: str, value: str) -> list[str]:
    """Return an option and its value; a value that begins with a dash is joined to its name."""
    return [f"{name}={value}"] if value.startswith("-") else [name, value]


def model_options(model: ModelSource) -> list[str]:
    """Return the options that load a model again; those of the embedded one name the device only."""
    arguments: list[str] = []
    if model.info.folder:
        arguments += option("--model", model.info.folder)
    arguments += option("--device", model.info.device)
    if model.layer_path is not None:
        arguments += option("--layer-path", model.layer_path)
    return arguments


def _quoted(word: str) -> str:
    if not _CONTROL.search(word) and not any(is_bidi_control(character) for character in word):
        return shlex.quote(word)
    escaped = word.replace("\\", "\\\\").replace("'", "\\'")
    written = "".join(
        f"\\u{ord(one):04x}" if _CONTROL.match(one) or is_bidi_control(one) else one for one in escaped
    )
    return f"$'{written}'"


def _quoted_on_windows(word: str) -> str:
    if _BARE.fullmatch(word):
        return word
    # A program takes a backslash before a quote for an escape.
    doubled = re.sub(r'\\+(?="|\Z)', r"\g<0>\g<0>", word)
    return f'"{"".join(map(_in_quotes, doubled))}"'


def _in_quotes(character: str) -> str:
    escaped = _CONTROL.match(character) or is_bidi_control(character)
    return _IN_QUOTES.get(character) or (f"`u{{{ord(character):x}}}" if escaped else character)
