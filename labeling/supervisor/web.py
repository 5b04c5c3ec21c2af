"""A web server that listens once its application is loaded, and whose workers are forked with it.

Two of them listen at one port, and the kernel deals callers out to both: to one that listened while it still loads,
half of them would come and wait.
"""

import os
import signal
from importlib import import_module
from typing import Any

from django.conf import settings
from granian.cli import entrypoint

from labeling.supervisor.process import die_with_parent

# What takes seconds to load; `labeling.asgi` itself is made in the worker, whose event loop it belongs to.
LOADED = ("labeling.wsgi", "labeling.live.front")


def main() -> None:
    """Granian's own command line, after everything is loaded."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    load()
    entrypoint()  # type: ignore[no-untyped-call]


def load() -> None:
    """Import every page now rather than under the first person's eyes. This package does not know the rooms."""
    for name in (*LOADED, settings.ROOT_URLCONF):
        import_module(name)


def supervised() -> Any:
    """The application, in a process that dies with Granian's main one (the leader of its session)."""
    die_with_parent(signal.SIGKILL, os.getsid(0))
    load()
    return import_module("labeling.asgi").application


if __name__ == "__main__":
    main()
