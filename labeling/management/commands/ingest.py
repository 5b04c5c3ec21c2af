"""Bring a folder, a zip, a manifest or one file into a project."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from labeling.errors import LabelingError
from labeling.items import actions, reads
from labeling.items.models import Outcome, Upload, UploadState
from labeling.projects.models import Project

SHOWN = 20  # refusals printed one by one


class Command(BaseCommand):
    """`manage.py ingest PROJECT PATH [--actor USERNAME]`; run again after a crash, it goes on where it stopped."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Project by its address name, path on this machine, and who brings it."""
        parser.add_argument("project", help="address name of the project")
        parser.add_argument("path", type=Path, help="folder, zip, manifest (.csv, .jsonl) or file")
        parser.add_argument("--actor", default="", help="username of the person who brings the files")

    def handle(self, *args: Any, project: str, path: Path, actor: str, **options: Any) -> None:
        """Ingest in this process and say what became of the files."""
        try:
            upload = self._ingest(self._project(project), path.resolve(), self._actor(actor))
        except LabelingError as error:
            raise CommandError(error.reason) from error
        self._report(upload)

    def _project(self, slug: str) -> Project:
        found = Project.objects.filter(slug=slug, archived_at=None).first()
        if found is None:
            raise CommandError(f"There is no project “{slug}”.")
        return found

    def _actor(self, username: str) -> User | None:
        if not username:
            return None
        found = User.objects.filter(username=username).first()
        if found is None:
            raise CommandError(f"There is nobody called “{username}”.")
        return found

    def _ingest(self, project: Project, path: Path, actor: User | None) -> Upload:
        if not path.exists():
            raise CommandError(f"There is no file or folder {path}.")
        upload = actions.start_upload(actor=actor, project=project, name=path.name, source=str(path))
        finished = actions.process_upload(upload_id=upload.pk, tell=self._tell)
        if finished is None:
            raise CommandError("Another process is bringing in the same files; try again in a minute.")
        actions.derive_waiting(project=project)
        return finished

    def _tell(self, done: int, total: int) -> None:
        self.stderr.write(f"{done:,} of {total:,} files")

    def _report(self, upload: Upload) -> None:
        refused = reads.files_of(upload, Outcome.REFUSED)
        for file in refused[:SHOWN]:
            self.stderr.write(f"refused {file.path}: {file.reason}")
        shown = reads.progress(upload)
        if shown.refused > SHOWN:
            self.stderr.write(f"and {shown.refused - SHOWN:,} more refused")
        if upload.state == UploadState.FAILED:
            raise CommandError(upload.reason)
        self.stdout.write(
            f"{shown.added:,} added, {shown.duplicate:,} already there, {shown.refused:,} refused, "
            f"{shown.ignored:,} hidden files passed over"
        )
