"""Model versions, their artefacts, and which one is promoted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.projects.models import Project


class ModelState(models.TextChoices):
    CANDIDATE = "candidate", _("Candidate")
    PROMOTED = "promoted", _("Promoted")
    RETIRED = "retired", _("Promoted before")
    REJECTED = "rejected", _("Not promoted")


class ModelVersion(models.Model):
    """One trained model: where its weights lie and what it answers with."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="model_versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ModelState.choices, default=ModelState.CANDIDATE)
    recipe = models.JSONField()
    artefact = models.CharField(max_length=300, help_text="Folder below the models folder.")
    label_ids = ArrayField(models.BigIntegerField(), help_text="Labels in the order of its probabilities.")
    metrics = models.JSONField(default=dict, help_text="On the held-out split, as judged when it was made.")
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="model_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="promoted"), name="one_promoted_model"),
        ]

    def __str__(self) -> str:
        return f"model {self.number}"
