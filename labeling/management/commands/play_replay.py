"""One part of a replay, in a database of its own; `manage.py replay` calls it."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.errors import LabelingError
from labeling.replay.play import Player
from labeling.replay.policy import Job
from labeling.replay.record import read_record
from labeling.replay.scratch import PREFIX
from labeling.replay.stage import on_stage, prepare


class Command(BaseCommand):
    """`manage.py play_replay JOB`."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """The job, written down by `manage.py replay`."""
        parser.add_argument("job", type=Path)

    def handle(self, *args: Any, job: Path, **options: Any) -> None:
        """Prepare or play; only ever in a scratch database."""
        if not str(settings.DATABASES["default"]["NAME"]).startswith(PREFIX):
            raise CommandError("This is a part of `manage.py replay`, and runs in a database of its own alone.")
        try:
            self._play(Job.load(job))
        except LabelingError as error:
            raise CommandError(error.reason) from error

    def _play(self, job: Job) -> None:
        record = read_record(Path(job.answers), _path(job.truth))
        if job.prepare:
            prepare(record, _path(job.files), _path(job.features), job.policy)
            return
        points = []
        for point in Player(on_stage(), record, job.policy, job.seed).play():
            points.append(point.to_json())
            self.stdout.write(f"seed {job.seed}: {points[-1]}")
        Path(job.out).write_text(json.dumps(points), encoding="utf-8")


def _path(text: str | None) -> Path | None:
    return Path(text) if text else None
