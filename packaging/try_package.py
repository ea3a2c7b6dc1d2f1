"""Tries the Debian package where it has to work: an empty home, a read-only folder, no network.

    python packaging/try_package.py [--package FILE] [--pictures FOLDER] [--only WORD]

Prints one line a check and ends with 1 if one failed. Needs Linux, Xvfb, xdotool, strace and the right to
make namespaces. The program is driven as it is: what it did is read from the files that it wrote.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from driven_window import Display, NoAnswer, Window, comes_true  # noqa: E402
from sealed import Sealed  # noqa: E402

PAIR = ("Carbs are broken down into sugar in your body", "Carbohydrates are metabolized into glucose")
PASTED = ("Which planet is closest to the sun?", "Mercury orbits nearer to the Sun than any other planet.")
COLOURS = ("red", "green", "blue", "yellow", "black", "white")
THINGS = ("car", "house", "river", "bird", "stone", "cloud", "ship", "tree", "song", "lamp", "road", "king")
PLACES = ("in the city", "near the sea", "on a hill", "under the bridge")
MODELS = """
import sys
from pathlib import Path
from tests.families import FAMILIES
from tests.models import save_model
for name in FAMILIES:
    save_model(Path(sys.argv[1]) / name, name)
print(*FAMILIES)
"""
PARQUET = """
import sys, pyarrow.csv, pyarrow.parquet
pyarrow.parquet.write_table(pyarrow.csv.read_csv(sys.argv[1]), sys.argv[2])
"""


class Failed(Exception):
    """What was found instead of what should be."""


class Trial:
    """The checks, each of which says in a few words what it found."""

    def __init__(self, sealed: Sealed, work: Path, pictures: Path | None) -> None:
        self._sealed, self._work, self._pictures = sealed, work, pictures
        self._workspace = sealed.home / "colours"
        self.checks: tuple[tuple[str, Callable[[], str]], ...] = (
            ("files for the desktop", self.desktop_files),
            ("licences and bill of materials", self.notices),
            ("selftest", self.selftest),
            ("explanation, report, PDF", self.explain),
            ("a home that cannot be written", self.unwritable_home),
            ("no folder for temporary files", self.no_temporary_folder),
            ("every family of models", self.families),
            ("documents from CSV, JSON Lines, Parquet", self.workspace),
            ("train, label, search on the command line", self.learn),
            ("a report of all three kinds, verified", self.verify),
            ("window: the worked example", self.window_example),
            ("window: a workspace, a pasted pair, training", self.window_work),
            ("no call to the network", self.no_network),
        )

    def desktop_files(self) -> str:
        share = self._sealed.root / "usr/share"
        run(["desktop-file-validate", share / "applications/semascope.desktop"])
        mime = self._work / "mime"
        (mime / "packages").mkdir(parents=True)
        (mime / "packages/semascope.xml").write_bytes((share / "mime/packages/semascope.xml").read_bytes())
        run(["update-mime-database", mime])
        types = [line for line in (mime / "types").read_text().splitlines() if "semascope" in line]
        sizes = [path.parts[-3] for path in (share / "icons/hicolor").rglob("semascope.*")]
        require(len(types) == 3 and len(sizes) >= 9, f"{types}, {sizes}")
        return f"menu entry, {len(types)} file types, {len(sizes)} icons"

    def notices(self) -> str:
        inside = self._sealed.root / "usr/lib/semascope/_internal"
        parts = json.loads((inside / "sbom.cdx.json").read_text())["components"]
        texts = [path for path in (inside / "licenses").rglob("*") if path.is_file()]
        whole = (self._sealed.root / "usr/share/doc/semascope/THIRD-PARTY-LICENSES.txt").read_text()
        missing = [part["name"] for part in parts if part["name"] not in whole]
        require(not missing, f"no licence of {missing}")
        return f"{len(parts)} parts, {len(texts)} texts"

    def selftest(self) -> str:
        return self._said(self._sealed.run("selftest", trace="selftest")).strip()[:110]

    def explain(self) -> str:
        files = {kind: self._sealed.home / f"pair.{kind}" for kind in ("json", "html", "pdf", "png", "svg")}
        outputs = [argument for kind, path in files.items() for argument in (f"--{kind}", path)]
        self._done("explain", "--query", PAIR[0], "--candidate", PAIR[1], *outputs, trace="explain")
        ledger = json.loads(files["json"].read_text())["candidates"][0]
        total = sum(ledger["ledger"].values())
        require(abs(total - ledger["similarity"]) < 1e-4, f"the ledger sums to {total}")
        require(all(path.stat().st_size > 1000 for path in files.values()), "an output is empty")
        return f"similarity {ledger['similarity']:.4f} in {', '.join(files)}"

    def unwritable_home(self) -> str:
        home = self._work / "nobody's"
        home.mkdir()
        home.chmod(0o555)
        pair = ("--query", "a cat", "--candidate", "a dog")
        pdf = self._sealed.home / "from nobody.pdf"
        output = self._sealed.run("explain", *pair, "--pdf", pdf, HOME=str(home))
        require(output.returncode == 0 and pdf.stat().st_size > 1000, output.stderr[-300:])
        require(not output.stderr, output.stderr[-300:])
        return "the PDF is written, without a complaint"

    def no_temporary_folder(self) -> str:
        folders = ("/tmp", "/var/tmp", "/usr/tmp")
        closed = (f"mount --bind {name} {name} && mount -o remount,bind,ro {name} &&" for name in folders)
        more = " ".join(command for command, name in zip(closed, folders, strict=True) if Path(name).is_dir())
        output = self._sealed.run("inspect", "--text", "a cat", more=more)
        lines = output.stderr.strip().splitlines()
        require(
            output.returncode == 2 and len(lines) == 1, f"exit {output.returncode}: {output.stderr[-300:]}"
        )
        return lines[0]

    def families(self) -> str:
        folder = self._work / "models"
        names = run([sys.executable, "-c", MODELS, folder]).split()
        self._sealed.own(folder)
        for name in names:
            self._done(
                "explain", "--query", "the cat sat", "--candidate", "a dog ran", "--model", folder / name
            )
        return f"{len(names)}: {', '.join(names)}"

    def workspace(self) -> str:
        texts = [f"a {colour} {thing} {place}" for colour in COLOURS for thing in THINGS for place in PLACES]
        csv, lines, parquet = (self._work / f"colours.{kind}" for kind in ("csv", "jsonl", "parquet"))
        csv.write_text("text,colour\n" + "".join(f"{text},{text.split()[1]}\n" for text in texts))
        lines.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        run([sys.executable, "-c", PARQUET, csv, parquet])
        for place, source in ((self._workspace, csv), ("lines", lines), ("parquet", parquet)):
            self._done(
                "workspace", self._sealed.home / place, "--corpus", source, trace=f"import-{source.suffix}"
            )
        return f"{len(texts)} documents from each"

    def learn(self) -> str:
        folder, json_file = self._workspace, self._sealed.home / "found.json"
        sizes = ("--architecture", "topk", "--features", "16", "--k", "2", "--epochs", "4")
        self._done("train", folder, "--name", "first", *sizes, trace="train")
        self._done("label", folder, "--sae", "first", trace="label")
        self._done("features", folder, "--sae", "first")
        self._done("concepts", folder, "--sae", "first", "--query", "a red car", "--candidate", "a blue car")
        search = ("search", folder, "--query", "a ship at the sea", "--sae", "first", "--explain")
        self._done(*search, "--json", json_file, trace="search")
        first = json.loads(json_file.read_text())[0]
        require("ship" in first["text"], f"the first hit is {first['text']!r}")
        return f"first hit: {first['text']} ({first['similarity']:.3f})"

    def verify(self) -> str:
        home, folder, query = self._sealed.home, self._workspace, "a ship at the sea"
        pages = [home / f"{name}.html" for name in ("why", "found", "feature")]
        trained = ("--sae", "first")
        self._done("explain", "--query", query, "--candidate", "a boat on a lake", "--html", pages[0])
        self._done("search", folder, "--query", query, *trained, "--explain", "--html", pages[1])
        self._done("features", folder, *trained, "--feature", "0", "--html", pages[2])
        whole = home / "all.semareport"
        self._done("report", *pages, "--bundle", whole)
        said = self._done("verify", whole, trace="verify").strip().splitlines()
        altered = re.sub(r"0\.\d{3}", "0.987", pages[0].read_text(), count=1)
        pages[0].write_text(altered)
        found = self._sealed.run("verify", pages[0])
        require(found.returncode == 1, f"an altered figure was not found: {found.stdout[-300:]}")
        return f"{said[-1].rstrip('.')}; an altered figure was found"

    def window_example(self) -> str:
        report = self._sealed.home / "example.html"
        with Display() as display, self._open(display, "window-example") as window:
            window.wait_for()
            opened = time.monotonic() - window.began
            window.save("ctrl+s", "Save the report", report)
            took = time.monotonic() - window.began
            self._picture(display, "example")
            status = window.quit()
        page = report.read_text()
        require(PAIR[0].split()[0] in page and "0.71" in page, "the report is not about the worked example")
        require(status == 0, f"the program ended with {status}")
        return (
            f"traced: window after {opened:.1f} s, report {len(page) // 1000} kB after {took:.1f} s, exit 0"
        )

    def window_work(self) -> str:
        with Display() as display, self._open(display, "window-work", self._workspace) as window:
            window.save("ctrl+s", "Save the report", self._sealed.home / "before.html")
            # The tour of a first start is skipped with its own key.
            window.focus()
            window.keys("Escape")
            window.keys("F2", "ctrl+l", "ctrl+a")
            window.type(PASTED[0])
            window.keys("ctrl+shift+l", "ctrl+a")
            window.type(PASTED[1])
            window.keys("ctrl+Return")
            report = self._report_about(window, "planet", "Mercury")
            self._picture(display, "pasted")
            window.focus()
            window.keys("F5")
            time.sleep(2)
            window.keys("ctrl+shift+t")
            trained = self._trained_in_window()
            self._picture(display, "trained")
            status = window.quit()
        require(status == 0, f"the program ended with {status}")
        return f"report of the pasted pair, {report.stat().st_size // 1000} kB; {trained}; exit 0"

    def no_network(self) -> str:
        reached = self._sealed.reached_for()
        require(not reached, f"{len(reached)} calls, the first: {reached[:1]}")
        calls = self._sealed.traced_calls()
        require(calls > 0, "nothing was traced")
        return f"{calls} calls traced, all to sockets within the machine"

    # -- steps ----------------------------------------------------------------------------------------

    def _open(self, display: Display, trace: str, *arguments: Path) -> Window:
        log = self._work / f"{trace}.log"
        command = self._sealed.command(*arguments, trace=trace)
        return Window(display, command, self._sealed.environment(), log)

    def _report_about(self, window: Window, *words: str) -> Path:
        """Save reports until one is about this pair: the last good result stays until the next is there."""
        for number in range(30):
            report = self._sealed.home / f"pasted-{number}.html"
            window.save("ctrl+s", "Save the report", report)
            if all(word in report.read_text() for word in words):
                return report
            time.sleep(2)
        raise Failed("the report stays another pair's")

    def _trained_in_window(self) -> str:
        def finished() -> list[Path]:
            found = self._workspace.glob("saes/*/training.json")
            return [path for path in found if path.parent.name != "first"]

        if not comes_true(finished, 120):
            raise Failed("no training.json was written")
        training = json.loads(finished()[0].read_text())
        return f"{training['features']} features trained, FVU {training['heldout']['fvu']:.2f}"

    def _picture(self, display: Display, name: str) -> None:
        if self._pictures is not None:
            self._pictures.mkdir(parents=True, exist_ok=True)
            display.picture(self._pictures / f"{name}.png")

    def _done(self, *arguments: str | Path, trace: str = "") -> str:
        return self._said(self._sealed.run(*arguments, trace=trace))

    def _said(self, output: subprocess.CompletedProcess[str]) -> str:
        if output.returncode:
            raise Failed(f"exit {output.returncode}: {output.stderr.strip()[-300:]}")
        return output.stdout


def require(condition: object, otherwise: str) -> None:
    """Fail with what was found otherwise."""
    if not condition:
        raise Failed(otherwise)


def run(command: list[str | Path]) -> str:
    """Run a helper outside the sealed place; its output."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{command[0]}: {(done.stderr or done.stdout).strip()[-300:]}")
    return done.stdout


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--package", type=Path, help="the .deb; by default the newest in dist/")
    parser.add_argument("--pictures", type=Path, help="folder for pictures of the window")
    parser.add_argument("--only", default="", help="only checks with this word in their name")
    options = parser.parse_args()
    packages = sorted((ROOT / "dist").glob("semascope_*.deb"), key=lambda path: path.stat().st_mtime)
    if options.package is None and not packages:
        parser.exit(1, "there is no package in dist/: make package builds it\n")
    failed = 0
    with tempfile.TemporaryDirectory(prefix="semascope-trial-") as temporary:
        work = Path(temporary)
        work.chmod(0o755)
        trial = Trial(Sealed((options.package or packages[-1]).resolve(), work), work, options.pictures)
        for name, check in trial.checks:
            if options.only not in name:
                continue
            began = time.monotonic()
            try:
                found, passed = check(), "passed"
            except (Failed, NoAnswer, OSError) as error:
                found, passed = str(error), "FAILED"
                failed += 1
            print(f"{passed}  {name} ({time.monotonic() - began:.0f} s): {found}", flush=True)
    print("every check passed" if not failed else f"{failed} checks failed")
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    sys.exit(main())
