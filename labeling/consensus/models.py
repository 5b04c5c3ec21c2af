"""What the answers amount to: fitted people and, for each item, a posterior and a verdict."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
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
    began_at = models.DateTimeField(null=True, help_text="What changed after this may have been missed.")
    bar = models.FloatField(null=True, help_text="Posterior from which a label is verified; null: by the target alone.")
    target = models.FloatField(null=True, help_text="Of the project then: for another one the bar does not hold.")
    floor = models.FloatField(null=True, help_text="Of the project then, likewise.")
    judged = models.PositiveIntegerField(default=0, help_text="Known labels against which posteriors were held.")
    overclaim = models.FloatField(default=0.0, help_text="By how much those say that posteriors are too high.")
    reserve = models.FloatField(default=0.0, help_text="By how much the set's mean must lie above the target.")

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


class Crew(models.Model):
    """Who was at work in a project when its queue was last put right for them."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="+")
    user_ids = ArrayField(models.IntegerField(), help_text="In order.")

    def __str__(self) -> str:
        return f"{len(self.user_ids)} at work in {self.project}"


class Verdict(models.TextChoices):
    OPEN = "open", _("Wants more answers")
    VERIFIED = "verified", _("Verified")
    DISPUTED = "disputed", _("Disputed")


class Consensus(models.Model):
    """One item's posterior over the labels that may be true, and what follows from it."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="consensus")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+", db_index=False)
    fit = models.ForeignKey(Fit, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    probabilities = ArrayField(models.FloatField(), help_text="In the order of the fit's label_ids.")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+", help_text="The most probable one.")
    confidence = models.FloatField()
    answers = models.PositiveSmallIntegerField(help_text="Standing answers weighed here; rebuilt in a test.")
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.OPEN)
    by_expert = models.BooleanField(default=False, help_text="An expert or owner settled it.")
    auto = models.BooleanField(
        default=False, db_default=False, help_text="Finished early: by the model and an audit, not by people's answers."
    )
    updated_at = models.DateTimeField(auto_now=True)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "verdict", "confidence"], name="consensus_by_verdict")]
        constraints = [
            models.CheckConstraint(
                condition=Q(auto=False) | Q(verdict="verified", by_expert=False), name="auto_verified"
            )
        ]

    def __str__(self) -> str:
        return f"{self.label} {self.confidence:.3f} {self.verdict}"


class EarlyPolicy(models.Model):
    """Whether a project finishes items early, and the risk that its owner takes of a set with too many errors."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="+")
    enabled = models.BooleanField(default=False)
    risk = models.FloatField(default=0.05, help_text="Of ever finishing a set with more errors than the target allows.")
    looks = models.PositiveIntegerField(default=0, help_text="Looks so far: what is left of the risk goes by them.")

    class Meta:
        verbose_name_plural = "early policies"
        constraints = [models.CheckConstraint(condition=Q(risk__gt=0, risk__lte=0.2), name="early_risk_is_small")]

    def __str__(self) -> str:
        return f"{self.project}: {'on' if self.enabled else 'off'}"


class AuditState(models.TextChoices):
    RUNNING = "running", _("Being labelled")
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class EarlyAudit(models.Model):
    """One set of items that a model version and people settle so far, and what a random sample says of its errors."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=AuditState.choices, default=AuditState.RUNNING)
    threshold = models.FloatField(null=True, help_text="Of the confidence, chosen on other items; null: none would do.")
    allowed = models.FloatField(help_text="Share of errors that the project's target allows.")
    items = models.PositiveIntegerField(default=0)
    drawn = models.PositiveIntegerField(default=0, help_text="Items of the sample, the first in a random order.")
    looks = models.PositiveSmallIntegerField(default=0)
    estimate = models.FloatField(null=True, help_text="The likeliest share of errors at the last look.")
    bound = models.FloatField(null=True, help_text="Above which it lies at no more than the look's risk.")
    spent = models.FloatField(null=True, help_text="The risk of the last look.")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    applied_at = models.DateTimeField(null=True, help_text="When the state had reached all its items and their queue.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "model_version"], name="early_audit_once_a_model"),
            models.CheckConstraint(
                condition=~Q(state="passed") | Q(bound__lte=F("allowed")), name="passed_within_bound"
            ),
        ]

    def __str__(self) -> str:
        return f"audit of {self.model_version}: {self.state}"


class EarlyLabel(models.Model):
    """One item of an audited set, with its label as it stood when the set was frozen."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="early")
    audit = models.ForeignKey(EarlyAudit, on_delete=models.PROTECT, related_name="labels")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    confidence = models.FloatField()
    answers = models.PositiveSmallIntegerField(help_text="That counted then; another one sets the item free.")
    place = models.PositiveIntegerField(help_text="In a random order: the first ones are the sample.")

    class Meta:
        indexes = [models.Index(fields=["audit", "place"], name="early_by_place")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.label}"
