"""The Debian packages that pip cannot bring: which are missing, and how to get them."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

LIST = Path(__file__).with_name("system-packages.txt")


class SystemPackage(NamedTuple):
    """A Debian package, what it is needed for, and what shows that it is there."""

    group: str
    name: str
    evidence: str


def read_system_packages(text: str) -> list[SystemPackage]:
    """Parse ``system-packages.txt``."""
    lines = (line.partition("#")[0].split() for line in text.splitlines())
    return [SystemPackage(*fields) for fields in lines if fields]


def is_present(evidence: str) -> bool:
    """Look for the thing itself: package names differ between releases and distributions."""
    kind, _, name = evidence.partition(":")
    checks: dict[str, Callable[[], bool]] = {
        "lib": lambda: loads(name),
        "command": lambda: shutil.which(name) is not None,
        "module": lambda: importlib.util.find_spec(name) is not None,
        "file": lambda: Path(name).exists(),
        "fonts": has_font,
    }
    return checks[kind]()


def loads(library: str) -> bool:
    """Whether the dynamic loader finds a library and all that it needs."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font() -> bool:
    """Whether any outline font is installed. Without one Qt draws boxes."""
    folders = (Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts")
    return any(
        next(folder.rglob(pattern), None) for folder in folders for pattern in ("*.ttf", "*.otf", "*.ttc")
    )


def apt_prefix() -> list[str] | None:
    """What to put before ``apt-get`` to install without asking; None when that is not possible."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["env", "DEBIAN_FRONTEND=noninteractive"]
    if shutil.which("sudo") is None:
        return None
    if subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode:
        return None
    return ["sudo", "-n", "env", "DEBIAN_FRONTEND=noninteractive"]


def apt_install(prefix: Sequence[str], names: Sequence[str]) -> str | None:
    """Install Debian packages; the reason when it fails."""
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *names]):
        done = subprocess.run(
            [*prefix, "apt-get", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            return last_line(done.stderr, mark="E:")
    return None


def install_system_packages(groups: Sequence[str], say: Callable[[str], None]) -> list[SystemPackage]:
    """Install what is missing of these groups where that is allowed, else say how.

    Returns the packages that are still missing. Only Linux needs any.
    """
    if not sys.platform.startswith("linux"):
        return []
    packages = read_system_packages(LIST.read_text(encoding="utf-8"))
    wanted = [package for package in packages if package.group in groups]
    missing = [package for package in wanted if not is_present(package.evidence)]
    if not missing:
        return []
    names = [package.name for package in missing]
    if shutil.which("apt-get") is None:
        things = ", ".join(package.evidence for package in missing)
        say(f"missing on this system: {things} (Debian calls them {' '.join(names)})")
        return missing
    prefix = apt_prefix()
    if prefix is not None:
        say(f"installing system packages: {' '.join(names)}")
        reason = apt_install(prefix, names)
        if reason is None:
            return []
        say(f"apt-get failed: {reason}")
    say(f"system packages are missing, install them with: sudo apt-get install {' '.join(names)}")
    return missing


def last_line(output: str, mark: str = "") -> str:
    """The last line of a program's output that starts with ``mark``, else the last line of all."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    marked = [line for line in lines if line.startswith(mark)]
    return (marked or lines or ["no reason given"])[-1]
