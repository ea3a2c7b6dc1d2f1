"""Make the environment that Semascope runs in, then run it, test it or measure it.

    python3 packaging/setup_environment.py run | test | lint | bench | package | test-package | setup | clean

Needs nothing but Python 3.11 to 3.13. Creates ``.venv`` in the repository, installs into it what
``pyproject.toml`` pins, and on Debian the system libraries in ``system-packages.txt``. What is there
already is left alone, so every run but the first takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterable, Sequence
from pathlib import Path

from system_packages import install_system_packages, last_line

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "semascope-setup.json"
OLDEST_PYTHON, FIRST_UNSUPPORTED_PYTHON = (3, 11), (3, 14)
CPU_WHEELS = "https://download.pytorch.org/whl/cpu"


class SetupError(Exception):
    """What is wrong and what to do about it, in one line."""


def say(line: str) -> None:
    """Print one line of progress. Standard output belongs to the program that is started."""
    print(f"semascope set-up: {line}", file=sys.stderr, flush=True)


def check_python(version: Sequence[int], where: str, remedy: str) -> None:
    """Refuse a Python that the dependencies do not support."""
    if not OLDEST_PYTHON <= tuple(version[:2]) < FIRST_UNSUPPORTED_PYTHON:
        raise SetupError(f"{where} is {version[0]}.{version[1]}, but 3.11, 3.12 or 3.13 is needed: {remedy}")


def check_qt(requirements: Iterable[str], version: Sequence[int]) -> None:
    """Refuse PySide6 6.12.0 on Python 3.11: each void call drops a reference to None until it aborts."""
    pins = {project_name(line): pinned_version(line) for line in requirements}
    if tuple(version[:2]) == (3, 11) and pins.get("pyside6-essentials") == "6.12.0":
        raise SetupError(
            "PySide6 6.12.0 aborts on Python 3.11: pin PySide6-Essentials==6.11.2 in pyproject.toml"
        )


def project_name(requirement: str) -> str:
    """``PySide6_Essentials==6.11.2`` -> ``pyside6-essentials``."""
    return re.sub(r"[-_.]+", "-", requirement.partition("==")[0].strip()).lower()


def pinned_version(requirement: str) -> str:
    """``torch==2.13.0`` -> ``2.13.0``."""
    return requirement.partition("==")[2].strip()


def read_requirements(pyproject: str) -> dict[str, list[str]]:
    """The pinned dependencies by group: ``run`` and each extra."""
    import tomllib  # from Python 3.11 on, so only after check_python

    project = tomllib.loads(pyproject)["project"]
    return {"run": project["dependencies"], **project["optional-dependencies"]}


def digest(requirements: Sequence[str]) -> str:
    """Changes when any requirement does, not when their order does."""
    return hashlib.sha256("\n".join(sorted(requirements)).encode()).hexdigest()


def read_stamp(path: Path) -> dict[str, str]:
    """The digest of each group that was installed whole; empty when unknown."""
    try:
        stamp = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def installed_versions(venv: Path) -> dict[str, str]:
    """Project name to version, read off the names of the metadata folders. Local tags (``+cpu``) dropped."""
    versions = {}
    for pattern in ("lib/python*/site-packages/*.dist-info", "Lib/site-packages/*.dist-info"):
        for folder in venv.glob(pattern):
            name, _, version = folder.name.removesuffix(".dist-info").partition("-")
            versions[project_name(name)] = version.partition("+")[0]
    return versions


def stale_groups(
    requirements: dict[str, list[str]], stamp: dict[str, str], installed: dict[str, str]
) -> list[str]:
    """The groups whose pins changed since they were installed, or do not stand in ``.venv`` as pinned."""
    return [
        group
        for group, lines in requirements.items()
        if stamp.get(group) != digest(lines)
        or any(installed.get(project_name(line)) != pinned_version(line) for line in lines)
    ]


def venv_python(venv: Path) -> Path:
    """The interpreter of a virtual environment."""
    return venv / "Scripts" / "python.exe" if os.name == "nt" else venv / "bin" / "python"


def venv_version(venv: Path) -> tuple[int, int]:
    """The Python version that ``pyvenv.cfg`` states."""
    settings = (venv / "pyvenv.cfg").read_text(encoding="utf-8")
    match = re.search(r"^version\w*\s*=\s*(\d+)\.(\d+)", settings, re.MULTILINE)
    if match is None:
        raise SetupError(f"{venv.name} is no virtual environment: remove it and run again")
    return int(match[1]), int(match[2])


def make_venv() -> None:
    """Make ``.venv``, or give pip to one that was made without."""
    if venv_python(VENV).exists():
        command = [str(venv_python(VENV)), "-m", "ensurepip", "--default-pip"]
    else:
        if install_system_packages(["venv"], say):
            raise SetupError("this Python cannot make a virtual environment: python3-venv is missing")
        command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    say("making .venv")
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise SetupError(f"could not make .venv: {last_line(made.stderr or made.stdout)}")


def pip_install(arguments: Sequence[str]) -> None:
    """Run pip in ``.venv``; its progress goes to standard error."""
    quiet = [] if sys.stderr.isatty() else ["--quiet"]
    command = [str(venv_python(VENV)), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    done = subprocess.run(
        [*command, *quiet, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SetupError(f"pip failed, run again when mended: {pip_reason(done.stderr)}")


def pip_reason(output: str) -> str:
    """Why pip failed. It calls an index that it cannot reach a distribution that does not exist."""
    reason = last_line(output, mark="ERROR:")
    broken = re.search(r"connection broken by ['\"](.+)['\"]: /", output)
    return f"no package index was reached: {broken[1]}" if broken and "No matching" in reason else reason


def torch_source() -> list[str]:
    """Where pip looks for torch: on Linux without an NVIDIA card, also among the builds without CUDA.

    The index of Python packages holds only the CUDA build for Linux, with several GB of libraries. Of two
    builds of one version pip takes the one with a local tag, ``+cpu``.
    """
    if not sys.platform.startswith("linux") or Path("/proc/driver/nvidia/version").exists():
        return []
    try:
        urllib.request.urlopen(f"{CPU_WHEELS}/torch/", timeout=5).close()
    except (OSError, ValueError):
        return []
    return ["--extra-index-url", CPU_WHEELS]


def install_packages(groups: Sequence[str]) -> None:
    """Bring ``.venv`` to what ``pyproject.toml`` pins for these groups."""
    every_group = read_requirements((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = {group: every_group[group] for group in groups}
    if not venv_python(VENV).exists() or "pip" not in installed_versions(VENV):
        make_venv()
    version = venv_version(VENV)
    check_python(version, "the Python of .venv", "remove .venv and run again")
    pins = [line for lines in requirements.values() for line in lines]
    check_qt(pins, version)
    stamp, installed = read_stamp(STAMP), installed_versions(VENV)
    stale = stale_groups(requirements, stamp, installed)
    if not stale:
        return
    for torch in (line for line in pins if project_name(line) == "torch"):
        if installed.get("torch") != pinned_version(torch):
            say(f"installing {torch}, about 200 MB")
            pip_install([*torch_source(), torch])
    say(f"installing {len(pins)} pinned packages and what they need")
    pip_install(pins)
    stamp.update({group: digest(requirements[group]) for group in stale})
    STAMP.write_text(json.dumps(stamp, indent=1), encoding="utf-8")


def run_python(*arguments: str) -> int:
    """Run the Python of ``.venv`` in the repository and wait for it."""
    return subprocess.call([str(venv_python(VENV)), *arguments], cwd=ROOT)


def become_python(*arguments: str) -> int:
    """Go on as the Python of ``.venv``, so that it alone answers to interrupts and has the last word."""
    if os.name == "nt":
        return run_python(*arguments)
    os.chdir(ROOT)
    python = str(venv_python(VENV))
    os.execv(python, [python, *arguments])


def has_display() -> bool:
    """Whether a window could open."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def worked_example() -> list[str]:
    """The subcommand that explains the worked example here and in a file."""
    sys.path.insert(0, str(ROOT))
    from engine.attribution.worked_example import CANDIDATE, QUERY

    return ["explain", "--query", QUERY, "--candidate", CANDIDATE, "--html", "worked-example.html"]


def setup(_: Sequence[str]) -> int:
    """Everything that running the program needs."""
    install_packages(["run"])
    install_system_packages(["offscreen", "window"], say)
    say("ready: python packaging/setup_environment.py run, or make run")
    return 0


def run(arguments: Sequence[str]) -> int:
    """Set up, then main.py; without a display, the worked example in the terminal."""
    install_packages(["run"])
    if arguments:
        return become_python("main.py", *arguments)
    if not has_display():
        say("no display, so no window: explaining the worked example here and in worked-example.html")
        return become_python("main.py", *worked_example())
    if install_system_packages(["offscreen", "window"], say):
        say("no window without them: explaining the worked example here and in worked-example.html")
        return become_python("main.py", *worked_example())
    return become_python("main.py")


def lint(_: Sequence[str]) -> int:
    """Style, types and the direction of imports."""
    install_packages(["run", "dev"])
    checks = {
        "ruff": ("-m", "ruff", "check", "."),
        "mypy": ("-m", "mypy"),
        "import-linter": ("-c", "from importlinter import cli; cli.lint_imports_command()", "--no-logo"),
    }
    failed = [name for name, command in checks.items() if run_python(*command)]
    if failed:
        raise SetupError(f"{' and '.join(failed)} found what must be mended first: see above")
    return 0


def test(arguments: Sequence[str]) -> int:
    """Linters, then every test."""
    install_packages(["run", "dev"])
    missing = install_system_packages(["offscreen", "window", "test"], say)
    if any(package.group == "offscreen" for package in missing):
        raise SetupError("the tests of the window need the system packages named above")
    lint([])
    return become_python("-m", "pytest", *arguments)


def bench(arguments: Sequence[str]) -> int:
    """Every benchmark, its results written to tests/benchmarks/README.md; or what the arguments ask for."""
    install_packages(["run", "bench"])
    if install_system_packages(["offscreen", "bench"], say):
        raise SetupError("the benchmarks need the system packages named above")
    return become_python("-m", "tests.benchmarks", *(arguments or ["--write"]))


def package(_: Sequence[str]) -> int:
    """The executable and, on Debian, its package: dist/."""
    install_packages(["run", "package"])
    if install_system_packages(["offscreen", "window", "package"], say):
        raise SetupError("the executable carries the system packages named above")
    return become_python("packaging/build.py")


def test_package(arguments: Sequence[str]) -> int:
    """The package installed into an empty folder and tried there, without any network."""
    install_packages(["run", "dev", "package"])
    if install_system_packages(["offscreen", "window", "test", "test-package"], say):
        raise SetupError("the trial needs the system packages named above")
    return become_python("packaging/try_package.py", *arguments)


def clean(_: Sequence[str]) -> int:
    """Remove caches, builds and the worked example's report; ``.venv`` stays."""
    names = (".*_cache", "build", "dist", "*.egg-info", "worked-example.*", "__pycache__")
    found = [path for name in names for path in ROOT.glob(name)]
    for folder in ("engine", "ui", "packaging", "tests"):
        found += (ROOT / folder).rglob("__pycache__")
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    return 0


COMMANDS = {
    "run": run,
    "test": test,
    "lint": lint,
    "bench": bench,
    "package": package,
    "test-package": test_package,
    "setup": setup,
    "clean": clean,
}


def main(arguments: Sequence[str]) -> int:
    """Parse the command, run it, turn every failure into one line and an exit status."""
    parser = argparse.ArgumentParser(description="Set up Semascope, then run, test or measure it.")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.__doc__, add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    try:
        check_python(sys.version_info, "this Python", "choose another, as in: make run PYTHON=python3.12")
        return COMMANDS[chosen.command](rest)
    except SetupError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.strerror}: {error.filename}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; run again to go on")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
