"""`python -m tests.bench NAME [--data PATH]`: run one benchmark; the last line of stdout is its figures as JSON."""

import argparse
import contextlib
import importlib
import json
import pkgutil
import sys
from pathlib import Path

import tests.bench

NOT_BENCHMARKS = {"__main__", "server"}


def names() -> list[str]:
    """The benchmarks there are."""
    found = {module.name for module in pkgutil.iter_modules(tests.bench.__path__)}
    return sorted(found - NOT_BENCHMARKS)


def main() -> None:
    """Run one; whatever it prints goes to stderr, so that stdout is the figures alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("name", choices=names(), metavar="NAME", help=", ".join(names()) or "none yet")
    parser.add_argument("--data", type=Path, help="a file or folder that the benchmark takes for input")
    chosen = parser.parse_args()
    if chosen.data is not None and not chosen.data.exists():
        parser.error(f"{chosen.data} does not exist")
    with contextlib.redirect_stdout(sys.stderr):
        figures = importlib.import_module(f"tests.bench.{chosen.name}").run(chosen.data)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
