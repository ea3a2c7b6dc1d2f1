"""The command line: one module a subcommand, each thin over the engine.

Nothing heavy is imported before the arguments have been read, so that help and mistakes answer at once.
"""

import os
import sys
from collections.abc import Sequence

from engine.cli.arguments import parse
from engine.cli.output import BAD_INPUT, INTERRUPTED, ReaderLeft, complain
from engine.errors import UserError
from engine.jobs import Cancelled


def main(arguments: Sequence[str]) -> int:
    """Run one subcommand and return the exit code.

    0 is success, 1 a check that failed, 2 bad input (one line on standard error says what is wrong),
    130 an interrupt. A reader of standard output that leaves early is no error.
    """
    if sys.stderr is None:
        # Started with it closed: what would be said there is said to nobody.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    try:
        command = parse(arguments)
        return int(command.run(command))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    except UserError as error:
        return complain(str(error), BAD_INPUT)
    except (KeyboardInterrupt, Cancelled):
        return complain("interrupted", INTERRUPTED)
    except ReaderLeft:
        return 0
