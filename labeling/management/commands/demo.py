"""`manage.py demo`: the main job, from nothing to the table, and then the server stays up."""

import logging
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.demo import story, table
from labeling.demo.input import Size
from labeling.demo.server import free_port, own_folder, serving
from labeling.supervisor.faults import Fault
from labeling.supervisor.tree import Interrupted, interruptible


class Command(BaseCommand):
    """Real input, simulated people, two rounds and a table."""

    help = "Simulated people label real digits and spoken words, twice, with a model and without; then a table."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        usual = Size()
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen at (default %(default)s)")
        parser.add_argument("--port", type=int, default=8000, help="another where it is taken (default %(default)s)")
        parser.add_argument("--data", type=Path, help="where the demo's data folder is made (default: .emerald)")
        parser.add_argument("--digits", type=int, default=usual.digits, help="scans to label (default %(default)s)")
        parser.add_argument("--clips", type=int, default=usual.clips, help="clips to label (default %(default)s)")
        parser.add_argument("--seed", type=int, default=usual.seed, help="another draw of files and people")
        after = parser.add_mutually_exclusive_group()
        after.add_argument("--exit", action="store_true", help="end after the table, as without a terminal")
        after.add_argument("--stay", action="store_true", help="keep the server up after the table, as in a terminal")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each of thousands of requests otherwise
        try:
            with interruptible():
                self._play(options)
        except Interrupted:
            self._say("Stopped.")
        except Fault as fault:
            raise CommandError(str(fault)) from None

    def _play(self, options: dict[str, Any]) -> None:
        since = time.monotonic()
        clips = Path(os.environ["CLIPS"]).expanduser() if os.environ.get("CLIPS") else None
        size = Size(digits=options["digits"], clips=options["clips"], seed=options["seed"])
        with ExitStack() as stack:
            folder = stack.enter_context(own_folder(options["data"] or settings.EMERALD_DATA.root))
            port = free_port(options["host"], options["port"])
            self._say("Starting the server; reading digits and speaking words.")
            server = stack.enter_context(serving(folder, host=options["host"], port=port))
            passwords: dict[str, str] = {}
            scratch = Path(stack.enter_context(TemporaryDirectory()))
            work = story.tasks(scratch, size, clips, lambda: passwords.update(story.accounts(server)))
            for result in story.play(server, work, passwords, self._say, since):
                self._say("\n" + "\n".join(table.lines(result)))
            self._say(f"\n{time.monotonic() - since:.0f} s in all.")
            story.sign_ins(server, passwords, self._say)
            if options["stay"] or (sys.stdin.isatty() and not options["exit"]):
                story.stay(server, self._say)
            else:
                self._say(f"Ended, as there is no terminal. To see it: manage.py serve --data {folder}")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
