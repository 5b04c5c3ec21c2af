"""Frozen, hashed snapshots of the labels."""

from django.conf import settings
from django.db import models

from labeling.projects.models import Project


class Snapshot(models.Model):
    """A plain folder of frozen data (see ml.snapshot), known by the hash of its content."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    content_hash = models.CharField(max_length=64)
    folder = models.CharField(max_length=300, help_text="Below the snapshots folder.")
    counts = models.JSONField(help_text="Items by split, and by class in the training part.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="snapshot_number_once")]

    def __str__(self) -> str:
        return f"snapshot {self.number} {self.content_hash[:12]}"
