"""The workspace that comes with the program: a person's own copy of it, made when it is first wanted."""

import shutil
import tempfile
from pathlib import Path

from engine.corpus.schema import DATABASE
from engine.errors import UserError
from engine.resources import resource

SAMPLE = "WordNet sample"


def has_sample() -> bool:
    """Return whether this copy of the program carries the sample workspace."""
    return (resource("sample") / DATABASE).is_file()


def sample_workspace(place: str | Path) -> Path:
    """Return the folder of the sample workspace below `place`, copied there if it is not there yet.

    What comes with the program stays as it is: names and notes go into the copy. The copy is whole or absent.

    Raises:
        UserError: the program carries no sample, or `place` cannot be written.
    """
    folder = Path(place) / SAMPLE
    if (folder / DATABASE).is_file():
        return folder
    if not has_sample():
        raise UserError("this copy of the program has no sample workspace; open or make one of your own")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".sample-", dir=folder.parent) as temporary:
            copy = Path(temporary) / SAMPLE
            shutil.copytree(resource("sample"), copy)
            copy.rename(folder)
    except OSError as error:
        if (folder / DATABASE).is_file():
            # Another window was quicker.
            return folder
        reason = error.strerror or error
        raise UserError(f"cannot copy the sample workspace to {folder}: {reason}; free some space") from error
    return folder
