"""Who goes first where there are fewer cores than work: the window before the engine."""

import contextlib
import os
import sys
import threading

# The window needs a core for moments only, but then at once.
NICENESS = 5


def stand_back() -> None:
    """Let other threads go before this one and the threads that it starts, such as those of torch.

    Linux keeps a priority for each thread and hands it down to new ones; elsewhere nothing is done.
    """
    if sys.platform == "linux":
        # A system that forbids it still runs the program, a little less smoothly.
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
