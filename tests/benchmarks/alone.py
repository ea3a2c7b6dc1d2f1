"""Entry of a process that runs one function of this package and prints its result as JSON."""

import contextlib
import importlib
import json
import sys


def main() -> None:
    module, _, function = sys.argv[1].partition(":")
    # Libraries print progress and advice; the last line of standard output belongs to the result.
    with contextlib.redirect_stdout(sys.stderr):
        result = getattr(importlib.import_module(f"tests.benchmarks.{module}"), function)(
            **json.loads(sys.argv[2])
        )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
