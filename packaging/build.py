"""Builds the program as one folder that needs no Python, and on Debian a package of it.

    python packaging/build.py

Writes dist/semascope/ and dist/semascope_VERSION_ARCHITECTURE.deb, and prints what they weigh. What is
carried, what is left out and why: semascope.spec, trimming.py and native_libraries.py.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bundle_parts import PartError  # noqa: E402
from debian_package import make_package  # noqa: E402
from engine import __version__  # noqa: E402
from native_libraries import MissingLibrary, in_folder, left_to_system  # noqa: E402
from notices import read_licences  # noqa: E402

BUILD, DIST = ROOT / "build", ROOT / "dist"
BUNDLE = DIST / "semascope"
ICONS = BUILD / "icons"
TARGET_MB = 900


def build() -> None:
    """Make the bundle, and on Debian the package; print sizes.

    Raises:
        MissingLibrary: a library that the window needs is not on this machine.
        subprocess.CalledProcessError: a step failed and has said why.
    """
    began = time.monotonic()
    # Qt draws the icon, and needs no display for it.
    run("packaging/icons.py", str(ICONS), QT_QPA_PLATFORM="offscreen")
    run(
        "-m", "PyInstaller", "packaging/semascope.spec", "--noconfirm", "--log-level", "WARN",
        "--distpath", str(DIST), "--workpath", str(BUILD / "pyinstaller"),
    )  # fmt: skip
    report("the folder", BUNDLE)
    for name in sorted(path.name for path in (BUNDLE / "_internal").iterdir() if path.is_dir()):
        if size(BUNDLE / "_internal" / name) > 10_000_000:
            report(f"  of it {name}", BUNDLE / "_internal" / name)
    if sys.platform == "linux":
        left_to_system(in_folder(BUNDLE))
        package = make_package(
            BUNDLE, ICONS, read_licences(BUILD / "pyinstaller" / "notices"), __version__, BUILD / "debian"
        )
        report("the Debian package", package)
    print(f"built in {(time.monotonic() - began) / 60:.1f} minutes")


def run(*arguments: str, **environment: str) -> None:
    """Run this Python on a step of the build, in the repository."""
    # PyInstaller imports what libraries have left behind and warn of.
    quiet = {"PYTHONWARNINGS": "ignore"}
    subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **quiet, **environment}, check=True
    )


def size(path: Path) -> int:
    """Return the bytes in a file, or in all files of a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file() and not file.is_symlink())


def report(what: str, path: Path) -> None:
    """Print what a file or folder weighs."""
    print(f"{size(path) / 1e6:9.1f} MB  {what}: {path.relative_to(ROOT)}", flush=True)


def main() -> int:
    try:
        build()
    except (MissingLibrary, PartError) as error:
        print(f"the build stops: {error}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        print(f"the build stops: {' '.join(map(str, error.cmd[:4]))} failed, see above", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
