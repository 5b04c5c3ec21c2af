"""What would it have cost? Plays recorded answers through the queue, the consensus, training and selection."""

import subprocess
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.errors import LabelingError
from labeling.replay.curve import table, write
from labeling.replay.policy import Policy
from labeling.replay.record import read_record
from labeling.replay.replay import replay


class Command(BaseCommand):
    """`manage.py replay ANSWERS.csv [--files ZIP] [--truth CSV]`; real projects are neither read nor touched."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """The record, and the policy to try."""
        usual = Policy()
        parser.add_argument("answers", type=Path, help="CSV with the columns item, person, answer")
        parser.add_argument("--truth", type=Path, help="CSV with the columns item, label: it only judges")
        parser.add_argument("--files", type=Path, help="folder or zip of the items; without it no model learns")
        parser.add_argument("--features", type=Path, help="file (.npz) that keeps what the model sees of the files")
        parser.add_argument("--out", type=Path, default=Path("replay"), help="folder for curve.json, .svg and .html")
        parser.add_argument("--target", type=float, default=usual.target, help="posterior at which a label is verified")
        parser.add_argument("--floor", type=float, default=usual.floor, help="posterior below which none is verified")
        parser.add_argument("--limit", type=int, default=usual.limit, help="answers an item at most")
        parser.add_argument("--heldout", type=float, default=usual.heldout_share, help="share of items that judge")
        parser.add_argument("--no-model", action="store_true", help="people alone, in random order")
        parser.add_argument("--until", type=float, default=usual.until, help="answers an item at which it ends")
        parser.add_argument("--step", type=float, default=usual.step, help="answers an item between retrains")
        parser.add_argument("--seeds", type=int, default=1, help="how often, each with another order of the answers")

    def handle(self, *args: Any, answers: Path, **options: Any) -> None:
        """Play and draw."""
        policy = Policy(
            target=options["target"], floor=options["floor"], limit=options["limit"], heldout_share=options["heldout"],
            model=not options["no_model"] and options["files"] is not None, until=options["until"],
            step=options["step"],
        )  # fmt: skip
        for path in (answers, options["truth"], options["files"]):
            if path is not None and not path.exists():
                raise CommandError(f"There is no file or folder {path}.")
        try:
            read_record(answers, options["truth"])
            seeds = replay(
                answers=answers, truth=options["truth"], files=options["files"], features=options["features"],
                policy=policy, seeds=range(options["seeds"]),
            )  # fmt: skip
        except LabelingError as error:
            raise CommandError(error.reason) from error
        except subprocess.CalledProcessError as error:
            raise CommandError("The replay failed; the reason stands above.") from error
        write(options["out"], seeds, policy)
        self.stdout.write(table(seeds))
        self.stdout.write(f"Drawn in {options['out'] / 'curve.html'}.")
