"""Progress on stderr."""

import sys


def say(line: str) -> None:
    """One line."""
    print(line, file=sys.stderr, flush=True)
