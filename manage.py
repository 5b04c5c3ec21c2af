#!/usr/bin/env python
"""Command line of Emerald."""

import os
import sys

from django.core.management import execute_from_command_line

from labeling.supervisor.commands import servers_for
from labeling.supervisor.faults import Fault


def main() -> None:
    """Run one command, with a database where none is named."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
    try:
        with servers_for(sys.argv):
            execute_from_command_line(sys.argv)
    except Fault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    main()
