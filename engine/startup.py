"""Bring the engine's libraries into a process whose window is already on screen.

Importing torch and sentence-transformers takes seconds, and parts of it hold Python's global lock long
enough to be felt. Two things cause nearly all of it: the dynamic loader running torch's static
constructors (half a second), and full garbage collections over a million new objects (a quarter of a
second each). Both are kept away from the lock here.
"""

import contextlib
import ctypes
import gc
import importlib.util
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from engine.errors import UserError

_SUFFIX = "dylib" if sys.platform == "darwin" else "so"


def import_engine() -> None:
    """Import everything that an explanation needs, letting other threads run meanwhile.

    Call it in the thread that will use the engine. The number of torch threads is settled here, once,
    before any work is done.

    Raises:
        UserError: there is no folder for temporary files, without which the libraries cannot be imported.
    """
    _check_temporary_folder()
    first = "torch" not in sys.modules
    if first and sys.platform != "win32":
        _load_native_libraries()
    with without_collections(freeze=first):
        import torch

        import engine.attribution.explainer  # noqa: F401

        torch.set_num_threads(torch.get_num_threads())


def load_ahead() -> threading.Thread:
    """Have torch's libraries loaded while the window is being made, on another core.

    They are read from the disk in one go first: from a cold start, the loader would ask for them page by
    page. `import_engine` waits for what is still on its way.

    Returns:
        the thread, which must have ended before the process does.
    """
    thread = threading.Thread(target=_load_ahead, name="loading ahead")
    thread.start()
    return thread


def _load_ahead() -> None:
    folder = _torch_libraries()
    if folder is None or sys.platform == "win32":
        return
    for library in ("torch_cpu", "torch_python"):
        _read_ahead(folder / f"lib{library}.{_SUFFIX}")
    _load_native_libraries()


def _read_ahead(path: Path) -> None:
    """Ask the system for a whole file, where it can be asked; without it, all is only slower."""
    if hasattr(os, "posix_fadvise"):
        with contextlib.suppress(OSError), path.open("rb") as stream:
            os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_WILLNEED)


@contextlib.contextmanager
def without_collections(freeze: bool = False) -> Iterator[None]:
    """Put off garbage collection inside the block.

    Args:
        freeze: whether what is alive afterwards is left out of later collections for good: right for
            libraries and models, which stay until the end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if freeze:
            gc.freeze()
        if was_enabled:
            gc.enable()


def _check_temporary_folder() -> None:
    try:
        tempfile.gettempdir()
    except OSError as error:
        raise UserError(
            "no folder for temporary files can be written, and no model can be loaded without one: free some"
            " space in /tmp, or name a folder in TMPDIR"
        ) from error


def _load_native_libraries() -> None:
    """Load torch's libraries through the C function itself, which ctypes calls without the global lock.

    A library that is not found here is left to the import, which then says what is wrong.
    """
    folder = _torch_libraries()
    if folder is None:
        return
    load = ctypes.CDLL(None).dlopen
    load.restype, load.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    # The first, global, is the way torch itself makes its dependencies known.
    if load(os.fsencode(folder / f"libtorch_global_deps.{_SUFFIX}"), os.RTLD_NOW | os.RTLD_GLOBAL):
        load(os.fsencode(folder / f"libtorch.{_SUFFIX}"), os.RTLD_NOW)


def _torch_libraries() -> Path | None:
    spec = importlib.util.find_spec("torch")
    return None if spec is None or spec.origin is None else Path(spec.origin).parent / "lib"
