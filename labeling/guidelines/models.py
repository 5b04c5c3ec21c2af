"""Versioned instructions: every change of question, classes or text is a new version."""

from django.conf import settings
from django.db import models

from labeling.projects.models import Project


class GuidelineVersion(models.Model):
    """What annotators were told from one moment on; never changed once written."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guideline_versions")
    number = models.PositiveIntegerField()
    question = models.CharField(max_length=300)
    text = models.TextField(blank=True, help_text="Markdown.")
    classes = models.JSONField(help_text="Names, roles and keys as they stood: a list of objects.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    change = models.CharField(max_length=300, blank=True, help_text="What changed, in the author's words.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.project} v{self.number}"
