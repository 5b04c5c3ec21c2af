"""manage.py rebuild PROJECT MODEL: make a model again, to see that it can be, or because its files are gone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.errors import LabelingError
from labeling.projects.models import Project
from labeling.registry.reads import version_for
from labeling.training.actions.rebuild import rebuild


class Command(BaseCommand):
    """Rebuild one model."""

    help = "Train a model again from its snapshot, recipe and seed; compare it, or restore it where its files are gone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="the project's short name, as in its address")
        parser.add_argument("model", type=int, help="the model's number")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']!r}.")
        try:
            made = rebuild(actor=None, version=version_for(project, options["model"]))
        except LabelingError as error:
            raise CommandError(error.reason) from error
        code = "the same code" if made.same_code else "other code than then"
        if made.restored:
            self.stdout.write(f"Model {options['model']} was made again and put in its place ({code}).")
        else:
            self.stdout.write(f"Model {options['model']}: weights differ by at most {made.gap:g} ({code}).")
