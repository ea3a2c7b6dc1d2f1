"""A workspace that may be read and not written, and a process without the right to write it.

Modes of files mean nothing to root: a child of root becomes nobody. What it imports late it has to import
before, as nobody may not be able to read the interpreter's library.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

NOBODY = 65534


@contextlib.contextmanager
def read_only_copy(source: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Yield a copy that nobody may write, one that this user may, and a folder that everybody may write.

    All lie in a new folder that everybody may go into; those of pytest are closed to others.
    """
    place = Path(tempfile.mkdtemp(prefix="semascope-open-"))
    place.chmod(0o755)
    try:
        folder, other = (shutil.copytree(source, place / name) for name in ("workspace", "other"))
        (folder / "workspace.lock").unlink(missing_ok=True)
        out = place / "out"
        out.mkdir()
        out.chmod(0o777)
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield folder, other, out
    finally:
        for path in place.rglob("*"):
            path.chmod(0o755)
        shutil.rmtree(place)


def become_nobody(home: Path) -> None:
    """Give up the rights of root, if this process has them, and live in a folder of one's own."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    os.environ["HOME"] = str(home)
