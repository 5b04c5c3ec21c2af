"""Figures that took long to count, as they were found."""

from django.db import models

from labeling.projects.models import Project


class KeptFigure(models.Model):
    """One figure of one project; without a value where it is yet to be counted."""

    project = models.ForeignKey(Project, models.CASCADE, related_name="kept_figures")
    name = models.CharField(max_length=60, help_text="The address of its page, a dot, and what it is.")
    arguments = models.CharField(max_length=100, blank=True, help_text="Days that were asked for, parted by a comma.")
    under = models.CharField(max_length=64, blank=True, help_text="What it holds under, the rules in force for one.")
    code = models.CharField(max_length=64, blank=True, help_text="The program that wrote the value.")
    value = models.BinaryField(null=True)
    seconds = models.FloatField(default=0.0, help_text="That counting took.")
    counted_at = models.DateTimeField(null=True)
    begun_at = models.DateTimeField(null=True, help_text="When somebody began to count who has not finished.")
    wanted_at = models.DateTimeField(null=True, help_text="When the owner last asked for a fresh one.")
    visited_at = models.DateTimeField(null=True, help_text="About when somebody last looked.")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["project", "name", "arguments"], name="one_figure"),
            models.CheckConstraint(
                condition=models.Q(value=None, counted_at=None)
                | models.Q(value__isnull=False, counted_at__isnull=False),
                name="figure_has_its_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} of project {self.project_id}"
