"""Makes the Debian package of the built folder: program, command, menu entry, icons, file types, licences."""

from __future__ import annotations

import gzip
import hashlib
import platform
import re
import shutil
import subprocess
from pathlib import Path

import native_libraries
from bundle_parts import ROOT, debian_owner
from licence_texts import Licence

NAME = "semascope"
PROGRAM = Path("usr/lib") / NAME
DESKTOP = Path(__file__).with_name("desktop")
# Most of the package is weights and compiled code: higher levels take minutes to save a few percent.
_COMPRESSION = ("-Zzstd", "-z3")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def make_package(bundle: Path, icons: Path, licences: list[Licence], version: str, work: Path) -> Path:
    """Return the package, written beside the bundle.

    Args:
        bundle: the folder that PyInstaller made.
        icons: the folder with the rendered icon.
        licences: of the parts in the bundle.
        version: of the program.
        work: a folder for what goes into the package; made anew.

    Raises:
        MissingLibrary: the bundle needs a library that neither it nor a Debian system has.
    """
    shutil.rmtree(work, ignore_errors=True)
    root = work / "root"
    shutil.copytree(bundle, root / PROGRAM, symlinks=True)
    _link(root / "usr/bin" / NAME, Path("../lib") / NAME / NAME)
    _put(DESKTOP / "semascope.desktop", root / "usr/share/applications/semascope.desktop")
    _put(DESKTOP / "semascope.xml", root / "usr/share/mime/packages/semascope.xml")
    hicolor = root / "usr/share/icons/hicolor"
    for picture in icons.glob("semascope-*.png"):
        size = picture.stem.rpartition("-")[2]
        if (Path("/usr/share/icons/hicolor") / f"{size}x{size}").is_dir() or size in {"512", "1024"}:
            _put(picture, hicolor / f"{size}x{size}" / "apps" / f"{NAME}.png")
    _put(ROOT / "resources/icons/semascope.svg", hicolor / "scalable/apps/semascope.svg")
    documents = root / "usr/share/doc" / NAME
    _write(documents / "copyright", _copyright(licences))
    _write(documents / "changelog.gz", gzip.compress(_changelog(version).encode(), mtime=0))
    _link(
        documents / "THIRD-PARTY-LICENSES.txt",
        Path("../../../lib", NAME, "_internal/THIRD-PARTY-LICENSES.txt"),
    )
    _set_modes(root)
    _write(root / "DEBIAN/control", _control(root, version))
    _write(root / "DEBIAN/md5sums", _checksums(root))
    package = bundle.parent / f"{NAME}_{version}_{_ARCHITECTURES[platform.machine()]}.deb"
    command = ["dpkg-deb", "--root-owner-group", *_COMPRESSION, "--build", root, package]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return package


def dependencies(bundle: Path) -> list[str]:
    """Return what the package depends on: the owners of the libraries left to the system."""
    libraries = native_libraries.in_folder(bundle)
    owners = {debian_owner(_library(name)) for name in native_libraries.left_to_system(libraries)}
    names = sorted({owner[0].partition(":")[0] for owner in owners if owner is not None} - {"libc6"})
    # Qt loads these two by name when it draws with OpenGL; the fonts of a language come with its desktop.
    return sorted({*names, "libgl1", "libegl1", f"libc6 (>= {native_libraries.newest_libc(libraries)})"})


def _library(name: str) -> Path:
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    found = re.search(rf"^\s*{re.escape(name)} .*=> (\S+)$", listing, re.MULTILINE)
    if found is None:
        raise native_libraries.MissingLibrary(f"{name} is not on this machine: install it and build anew")
    return Path(found[1])


def _control(root: Path, version: str) -> str:
    kilobytes = sum(path.lstat().st_size for path in root.rglob("*") if not path.is_dir()) // 1024
    return f"""Package: {NAME}
Version: {version}
Architecture: {_ARCHITECTURES[platform.machine()]}
Maintainer: Semascope maintainers <maintainers@semascope.invalid>
Installed-Size: {kilobytes}
Depends: {", ".join(dependencies(root / PROGRAM))}
Recommends: fonts-dejavu-core
Section: science
Priority: optional
Description: microscope for text-embedding models
 Shows why a text-embedding model calls two texts similar: which words, which pairs of words and which named
 concepts carry the score, and how far that account can be trusted. Learns the concepts from your own
 documents. Carries its model and needs no network.
"""


def _copyright(licences: list[Licence]) -> str:
    lines = [
        "Semascope is under the Apache License 2.0: /usr/share/common-licenses/Apache-2.0.",
        "",
        "It carries the parts below, each under the licence of its makers. The texts are in",
        f"/{PROGRAM}/_internal/licenses and, all in one, in THIRD-PARTY-LICENSES.txt beside this file.",
        "",
        *(f"{licence.part} {licence.version}: {licence.expression}" for licence in licences),
    ]
    return "\n".join(lines) + "\n"


def _changelog(version: str) -> str:
    return f"{NAME} ({version}) stable; urgency=low\n\n  * The release {version}.\n"


def _checksums(root: Path) -> str:
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    return "".join(
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n"
        for path in files
        if "DEBIAN" not in path.relative_to(root).parts
    )


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def _link(path: Path, target: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def _set_modes(root: Path) -> None:
    """Nobody but root may write, and only what is a program can be run."""
    programs = {root / PROGRAM / NAME, root / PROGRAM / "_internal/torch/bin/torch_shm_manager"}
    for path in [root, *root.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path in programs else 0o644)
