"""Append-only record of who did what to which row."""

from django.conf import settings
from django.db import models


class Event(models.Model):
    """One act of one person (or of the system, when `actor` is empty); a trigger refuses updates and deletes."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    # A plain number: audit is the left-most room and may not know projects.
    project_id = models.BigIntegerField(null=True)
    verb = models.CharField(max_length=60)
    table = models.CharField(max_length=60)
    row = models.CharField(max_length=64)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["project_id", "-at"], name="event_by_project")]

    def __str__(self) -> str:
        return f"{self.verb} {self.table} {self.row}"
