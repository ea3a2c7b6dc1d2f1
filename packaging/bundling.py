"""What is done between PyInstaller's analysis and the folder that it makes, for both specs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import bundle_parts
import icu_data
import native_libraries
import outlines
import trimming
from trimming import Entry


class Bundling:
    """Takes out of an analysis what the program does not need, and says what that saved.

    Args:
        analysis: PyInstaller's; changed in place.
        work: PyInstaller's working folder.
    """

    def __init__(self, analysis: Any, work: Path) -> None:
        self._analysis, self._work = analysis, work
        self.saved: dict[str, int] = {}

    def reduce(self) -> list[Entry]:
        """Drop what is not needed; return all entries that are carried, with the sources they come from."""
        for name in ("pure", "binaries", "datas"):
            kept, saved = trimming.trim(getattr(self._analysis, name))
            setattr(self._analysis, name, bundle_parts.without_other_distributions(kept))
            for why, size in saved.items():
                self.saved[why] = self.saved.get(why, 0) + size
        if sys.platform == "linux":
            before = _bytes(self._analysis.binaries)
            self._analysis.binaries = native_libraries.reachable(self._analysis.binaries)
            self.saved["libraries that nothing asks for any more"] = before - _bytes(self._analysis.binaries)
        analysis = self._analysis
        files = [*analysis.binaries, *analysis.datas]
        analysis.binaries = native_libraries.without_dangling_links(analysis.binaries, files)
        analysis.datas = native_libraries.without_dangling_links(analysis.datas, files)
        return [*analysis.pure, *analysis.scripts, *analysis.binaries, *analysis.datas]

    def strip(self) -> None:
        """Take out of files what nobody reads: symbols for debuggers, data of ICU, bodies of models."""
        short = outlines.shorten(self._analysis.datas, self._work / "outlines")
        self.saved["sources of transformers' models"] = _bytes(self._analysis.datas) - _bytes(short)
        self._analysis.datas = short
        if sys.platform == "linux":
            stripped, saved = native_libraries.strip(self._analysis.binaries, self._work / "stripped")
            self.saved["symbols for debuggers"] = saved
            self._analysis.binaries = [self._shrunk(entry) for entry in stripped]
            self.saved["data of ICU that Qt does not ask for"] = _bytes(stripped) - _bytes(
                self._analysis.binaries
            )

    def _shrunk(self, entry: Entry) -> Entry:
        target, source, kind = entry
        if kind == "SYMLINK" or not Path(target).name.startswith("libicudata."):
            return entry
        smaller = self._work / Path(target).name
        icu_data.shrink(Path(source), smaller)
        return target, str(smaller), kind

    def report(self) -> None:
        """Print what each rule saved, on disk and before compression."""
        for why, size in sorted(self.saved.items(), key=lambda item: -item[1]):
            print(f"{size / 1e6:9.1f} MB less: {why}", flush=True)


def _bytes(entries: list[Entry]) -> int:
    return sum(Path(source).stat().st_size for _, source, kind in entries if kind != "SYMLINK")
