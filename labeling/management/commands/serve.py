"""`manage.py serve`: database, queue, web server, worker and scheduler, as one."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from labeling.supervisor.faults import Fault
from labeling.supervisor.serve import Plan, serve


class Command(BaseCommand):
    """Runs until Ctrl-C or SIGTERM."""

    help = "Run all of Emerald. With DATABASE_URL and BROKER_URL set, no server of its own is started."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="the port to listen at (default %(default)s)")
        parser.add_argument("--data", type=Path, help="the data folder (default: EMERALD_DATA, or .emerald here)")

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        plan = Plan(
            folder=settings.EMERALD_DATA,
            host=host,
            port=port,
            database_url=os.environ.get("DATABASE_URL") or None,
            broker_url=os.environ.get("BROKER_URL") or None,
            prepare=prepare,
        )
        try:
            serve(plan, announce=self._announce)
        except Fault as fault:
            raise CommandError(str(fault)) from None

    def _announce(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def prepare() -> None:
    """Lay out tables and static files; both do nothing where nothing changed."""
    call_command("migrate", interactive=False, verbosity=0)
    connections.close_all()
    if settings.STATIC_HASHED:
        call_command("collectstatic", interactive=False, verbosity=0)
