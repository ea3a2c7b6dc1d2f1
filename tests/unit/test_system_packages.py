"""The system packages: what is missing, who may install it, what is said otherwise."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

import system_packages as system


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A Linux machine: which programs it has, who is asking, and what was run on it."""
    machine = SimpleNamespace(programs={"apt-get"}, user=1000, status={}, ran=[], said=[])

    def run(command, **options):
        machine.ran.append(" ".join(command))
        status = next((code for part, code in machine.status.items() if part in machine.ran[-1]), 0)
        return subprocess.CompletedProcess(command, status, "", "E: first\nE: no network\nW: later\n")

    listing = tmp_path / "system-packages.txt"
    listing.write_text(
        "# comment\n\nwindow  libone  lib:libone.so  # why\nwindow libtwo command:two\ntest xvfb fonts\n"
    )
    monkeypatch.setattr(system, "LIST", listing)
    monkeypatch.setattr(system, "is_present", lambda evidence: evidence == "command:two")
    monkeypatch.setattr(system.sys, "platform", "linux")
    monkeypatch.setattr(system.shutil, "which", lambda name: name if name in machine.programs else None)
    monkeypatch.setattr(system.os, "geteuid", lambda: machine.user, raising=False)
    monkeypatch.setattr(system.subprocess, "run", run)

    def install():
        return [package.name for package in system.install_system_packages(["window"], machine.said.append)]

    machine.install = install
    return machine


APT = "env DEBIAN_FRONTEND=noninteractive apt-get"


def test_root_installs_what_is_missing(machine):
    machine.user = 0
    assert machine.install() == []
    assert machine.ran == [f"{APT} update", f"{APT} install --yes --no-install-recommends libone"]


def test_sudo_without_a_password_installs_what_is_missing(machine):
    machine.programs.add("sudo")
    assert machine.install() == []
    assert machine.ran[0] == "sudo -n true"
    assert machine.ran[-1] == f"sudo -n {APT} install --yes --no-install-recommends libone"


@pytest.mark.parametrize("programs", [{"apt-get"}, {"apt-get", "sudo"}])
def test_without_the_right_to_install_the_command_is_named(machine, programs):
    machine.programs = programs
    machine.status = {"sudo -n true": 1}
    assert machine.install() == ["libone"]
    assert machine.said == ["system packages are missing, install them with: sudo apt-get install libone"]
    assert not any("apt-get" in command for command in machine.ran)


@pytest.mark.parametrize("step", ["update", "install"])
def test_a_failing_apt_is_reported_with_its_reason_and_the_command(machine, step):
    machine.user, machine.status = 0, {f"apt-get {step}": 100}
    assert machine.install() == ["libone"]
    assert machine.said[-2:] == [
        "apt-get failed: E: no network",
        "system packages are missing, install them with: sudo apt-get install libone",
    ]


def test_elsewhere_the_libraries_are_named(machine):
    machine.programs, machine.user = set(), 0
    assert machine.install() == ["libone"]
    assert machine.said == ["missing on this system: lib:libone.so (Debian calls them libone)"]


def test_other_systems_need_no_packages(machine, monkeypatch):
    monkeypatch.setattr(system.sys, "platform", "darwin")
    assert machine.install() == []
    assert machine.said == machine.ran == []


def test_the_list_is_well_formed():
    packages = system.read_system_packages(system.LIST.read_text(encoding="utf-8"))
    groups = {"venv", "offscreen", "window", "test", "bench", "package", "test-package"}
    assert {package.group for package in packages} == groups
    assert len({package.name for package in packages}) == len(packages)
    for package in packages:
        assert system.is_present(package.evidence) in (True, False)


def test_evidence_is_looked_for_and_not_assumed(tmp_path):
    assert system.is_present("module:json")
    assert system.is_present("lib:libc.so.6") == sys.platform.startswith("linux")
    assert not system.is_present("module:no_such_module")
    assert not system.is_present("command:no-such-program")
    assert not system.is_present("lib:libnosuch.so.1")
    assert not system.is_present(f"file:{tmp_path}/none")
    assert system.is_present(f"file:{tmp_path}")
