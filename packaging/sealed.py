"""A place in which an installed program finds nothing but itself: for packaging/try_package.py.

The program lies in a folder that is mounted read-only, the home is empty and belongs to a user without
rights, no interface of the network namespace is up, and the system calls about the network are traced.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

NOBODY = 65534
PROGRAM = "usr/bin/semascope"
_SEAL = (
    'mount --make-rprivate / && mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && {more} exec "$@"'
)
# Every call that names an address outside this machine, or makes a socket that could.
_OUTSIDE = re.compile(r"AF_INET6?|AF_PACKET|AF_VSOCK|AF_BLUETOOTH")


class Sealed:
    """An installed package and a home.

    Args:
        package: the .deb.
        folder: an empty folder for both; readable to everybody.
    """

    def __init__(self, package: Path, folder: Path) -> None:
        self.root, self.home = folder / "root", folder / "home"
        self._traces = folder / "traces"
        subprocess.run(["dpkg-deb", "-x", package, self.root], check=True)
        for made in (self.home, self._traces):
            made.mkdir()
            self.own(made)

    def own(self, path: Path) -> None:
        """Give a file or folder to the user that the program runs as."""
        if os.geteuid() == 0:
            for found in (path, *path.rglob("*")):
                os.chown(found, NOBODY, NOBODY)

    def new_home(self) -> None:
        """Start again with an empty home."""
        shutil.rmtree(self.home)
        self.home.mkdir()
        self.own(self.home)

    def command(self, *arguments: str | Path, trace: str = "", more: str = "") -> list[str]:
        """Return the command that runs the program in the sealed place.

        Args:
            arguments: of the program.
            trace: name of a trace of its calls about the network; empty for none.
            more: shell commands to run as root before it, each ending in "&&".
        """
        as_root = os.geteuid() == 0
        user = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"] if as_root else []
        unshare = ["unshare", "--net", "--mount", *([] if as_root else ["--map-root-user"])]
        traced = (
            ["strace", "-f", "-qq", "-e", "trace=network", "-o", str(self._traces / trace)] if trace else []
        )
        shell = ["sh", "-c", _SEAL.format(more=more), str(self.root)]
        return [*unshare, *shell, *user, *traced, str(self.root / PROGRAM), *map(str, arguments)]

    def environment(self, **more: str) -> Mapping[str, str]:
        """Return the environment of a fresh log-in."""
        return {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **more}

    def run(
        self, *arguments: str | Path, trace: str = "", more: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run one subcommand to its end."""
        return subprocess.run(
            self.command(*arguments, trace=trace, more=more),
            env=self.environment(**environment),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def reached_for(self) -> list[str]:
        """Return the traced calls that reached for anything but sockets within this machine."""
        lines = (line for path in sorted(self._traces.iterdir()) for line in path.read_text().splitlines())
        return [line for line in lines if _OUTSIDE.search(line)]

    def traced_calls(self) -> int:
        """Return how many calls were traced: none would mean that nothing was watched."""
        return sum(len(path.read_text().splitlines()) for path in self._traces.iterdir())
