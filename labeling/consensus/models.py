"""What the answers amount to: fitted people and, for each item, a posterior and a verdict."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from labeling.guidelines.models import GuidelineVersion
from labeling.items.models import Item
from labeling.projects.models import Label, Project
from labeling.registry.models import ModelVersion


class Fit(models.Model):
    """Parameters of one full pass over a project's answers; the newest one is used online."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="fits")
    number = models.PositiveIntegerField()
    label_ids = ArrayField(models.BigIntegerField(), help_text="Labels that may be true, in the order of posteriors.")
    user_ids = ArrayField(models.BigIntegerField(), help_text="People in the order of the fit's rows.")
    parameters = models.JSONField(help_text="ml.truth.dawid_skene.Fit as JSON.")
    answers = models.PositiveIntegerField(help_text="Standing answers that it was fitted on.")
    model_version = models.ForeignKey(
        ModelVersion, null=True, on_delete=models.PROTECT, related_name="+", help_text="Whose opinion it heard."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="fit_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"fit {self.number}"


class Renewal(models.Model):
    """Through which version the consequences of a project's guideline have been carried out."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="+")
    version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"renewed for {self.version}"


class Verdict(models.TextChoices):
    OPEN = "open", _("Wants more answers")
    VERIFIED = "verified", _("Verified")
    DISPUTED = "disputed", _("Disputed")


class Consensus(models.Model):
    """One item's posterior over the labels that may be true, and what follows from it."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="consensus")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    fit = models.ForeignKey(Fit, null=True, on_delete=models.PROTECT, related_name="+")
    probabilities = ArrayField(models.FloatField(), help_text="In the order of the fit's label_ids.")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", help_text="The most probable one.")
    confidence = models.FloatField()
    answers = models.PositiveSmallIntegerField(help_text="Standing answers weighed here; rebuilt in a test.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    by_expert = models.BooleanField(default=False, help_text="An expert or owner settled it.")
    updated_at = models.DateTimeField(auto_now=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "verdict", "confidence"], name="consensus_by_verdict")]

    def __str__(self) -> str:
        return f"{self.label} {self.confidence:.3f} {self.verdict}"
