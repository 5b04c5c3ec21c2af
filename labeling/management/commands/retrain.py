"""manage.py retrain PROJECT: retrain now, in the worker or here, and follow it to its end."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.projects.models import Project
from labeling.selection.actions import rank
from labeling.selection.reads import ranked_by
from labeling.training.actions import Trigger, start_run
from labeling.training.actions.execute import execute
from labeling.training.models import Run, RunState
from labeling.training.reads import UNDER_WAY
from labeling.training.tasks import hand_over

POLL_SECONDS = 0.3
RANKING_SECONDS = 120.0


class Command(BaseCommand):
    """Retrain one project."""

    help = "Retrain a project on its verified labels and follow the run's log; Ctrl-C leaves the run to the worker."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's short name, as in its address")
        parser.add_argument("--here", action="store_true", help="train in this process instead of the worker")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"], archived_at=None).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        run = start_run(actor=None, project=project, trigger=Trigger.COMMAND)
        if options["here"]:
            run = execute(run_id=run.pk)
            self.stdout.write(run.log, ending="")
            if run.promoted:
                rank(project=project)
        else:
            hand_over(run)
            run = self._follow(run)
        self._conclude(run)

    def _follow(self, run: Run) -> Run:
        """Print the log as it grows, until the run is over and its suggestions have re-ordered the queue."""
        shown, stage = 0, ""
        while True:
            run.refresh_from_db()
            self.stdout.write(run.log[shown:], ending="")
            shown = len(run.log)
            if run.stage not in ("", stage):
                stage = run.stage
                self.stderr.write(stage)
            if run.state not in UNDER_WAY:
                break
            time.sleep(POLL_SECONDS)
        if run.promoted:
            self._wait_for_order(run)
        return run

    def _wait_for_order(self, run: Run) -> None:
        deadline = time.monotonic() + RANKING_SECONDS
        while not ranked_by(run.project, run.model_version_id):
            if time.monotonic() > deadline:
                raise CommandError("The model is promoted, but the queue was not re-ordered; is the scheduler running?")
            time.sleep(POLL_SECONDS)
        self.stdout.write("The queue is in its new order.")

    def _conclude(self, run: Run) -> None:
        if run.state in (RunState.FAILED, RunState.CANCELLED):
            raise CommandError(f"Run {run.number}: {run.get_state_display().lower()}. {run.reason}")
        outcome = "promoted" if run.promoted else run.get_state_display().lower()
        self.stdout.write(f"Run {run.number}: {outcome}. {run.reason}")
