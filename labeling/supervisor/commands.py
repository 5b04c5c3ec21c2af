"""Which commands need servers, and the data folder that a command line names."""

import argparse
import os
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from django.conf import settings

from labeling.supervisor.embedded import borrowed

WITHOUT_SERVERS = {
    "serve", "demo", "help", "version", "check", "collectstatic", "compilemessages", "makemessages", "diffsettings",
    "spectacular", "startapp", "test",
}  # fmt: skip


def servers_for(arguments: Sequence[str]) -> AbstractContextManager[None]:
    """The embedded servers for as long as a command runs, where it needs a database and none is named."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("command", nargs="?", default="help")
    if arguments[1:2] == ["serve"]:
        parser.add_argument("--data", type=Path)
    known, rest = parser.parse_known_args(arguments[1:])
    if getattr(known, "data", None) is not None:
        os.environ["EMERALD_DATA"] = str(known.data.resolve())
    bare = known.command in WITHOUT_SERVERS or {"--help", "-h", "--version"} & set(rest)
    return nullcontext() if bare or os.environ.get("DATABASE_URL") else borrowed(settings.EMERALD_DATA)
