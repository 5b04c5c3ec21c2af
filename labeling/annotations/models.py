"""Append-only answers, skips and retractions; a trigger refuses updates and deletes."""

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from labeling.assignments.models import Arm, Lease
from labeling.guidelines.models import GuidelineVersion
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Label, Project
from labeling.suggestions.models import Suggestion


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def standing(self) -> "AnnotationQuerySet":
        """Answers that were not taken back."""
        return self.filter(retraction=None)

    def outside_quiz(self) -> "AnnotationQuerySet":
        """Answers to what was not granted in an entry quiz."""
        return self.exclude(Exists(Lease.objects.filter(pk=OuterRef("lease"), quiz=True)))


class Annotation(models.Model):
    """One person's answer to one item: a label, or 'not this one' (`rejected`) in confirm mode.

    No index of its own for what another one begins with, as in Lease.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="annotations", db_index=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="annotations", db_index=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="annotations", db_index=False
    )
    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="annotations")
    attempt = models.PositiveSmallIntegerField(default=1, help_text="2 and up after an undo.")
    label = models.ForeignKey(Label, null=True, on_delete=models.PROTECT, related_name="annotations")
    rejected = models.ForeignKey(Label, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.UUIDField(help_text="Made on the device: sending twice stores once.")
    arm = models.CharField(max_length=10, choices=Arm.choices)
    arm_probability = models.FloatField()
    suggestion = models.ForeignKey(Suggestion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    supposed = models.ForeignKey(SupposedLabel, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    guideline_version = models.ForeignKey(
        GuidelineVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    milliseconds = models.PositiveIntegerField(help_text="From the item being painted to the answer.")
    answered_at = models.DateTimeField(help_text="By the device's clock, never later than stored_at.")
    stored_at = models.DateTimeField(auto_now_add=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="annotation_key_once"),
            models.UniqueConstraint(fields=["item", "user", "attempt"], name="annotation_attempt_once"),
            models.CheckConstraint(
                condition=Q(label=None, rejected__isnull=False) | Q(label__isnull=False, rejected=None),
                name="label_or_rejected",
            ),
            models.CheckConstraint(
                condition=~Q(arm="blind") | Q(suggestion=None), name="blind_shows_no_suggestion"
            ),
        ]
        indexes = [
            models.Index(fields=["project", "id"], name="annotation_by_project"),
            models.Index(fields=["rejected"], name="annotation_rejected", condition=Q(rejected__isnull=False)),
            models.Index(fields=["suggestion"], name="annotation_suggestion", condition=Q(suggestion__isnull=False)),
            models.Index(fields=["supposed"], name="annotation_supposed", condition=Q(supposed__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.label or f'not {self.rejected}'}"


class Retraction(models.Model):
    """An answer taken back by its author, by undo or by another answer in its place; the answer itself stays."""

    annotation = models.OneToOneField(Annotation, on_delete=models.PROTECT, related_name="retraction")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"retracted {self.annotation_id}"


class SkipReason(models.TextChoices):
    BROKEN = "broken", _("Cannot be seen or heard")
    UNCLEAR = "unclear", _("The guideline doesn't say")
    UNPLEASANT = "unpleasant", _("I'd rather not")
    OTHER = "other", _("Other")


class Skip(models.Model):
    """An item passed over, with the reason; not an answer."""

    lease = models.ForeignKey(Lease, on_delete=models.PROTECT, related_name="skips")
    key = models.UUIDField(unique=True)
    reason = models.CharField(max_length=12, choices=SkipReason.choices)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"skipped {self.lease_id}: {self.reason}"


class Measure(models.TextChoices):
    GOLD_ACCURACY = "gold_accuracy", _("Too few right on gold")
    SAME_ANSWER = "same_answer", _("One answer to everything, beyond what others give it")
    TOO_FAST = "too_fast", _("Answers faster than possible")
    COPIES = "copies", _("Accepts suggestions beyond what the same person says when blind")
    ACCEPTS_WRONG = "accepts_wrong", _("Accepts suggestions that gold knows to be wrong")
    ANCHORING = "anchoring", _("Is led astray by wrong suggestions, beyond the same mistakes made blind")


class Act(models.TextChoices):
    WARN = "warn", _("Warn")
    PAUSE = "pause", _("Pause")
    RETRAIN = "retrain", _("Repeat the quiz")
    GLANCE = "glance", _("Show suggestions after a first glance")
    LESS = "less", _("Show suggestions less often")
    NEVER = "never", _("Show no suggestions")


class Rule(models.Model):
    """When a project acts on how somebody answers: only once the whole interval of a figure lies beyond `threshold`."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    measure = models.CharField(max_length=14, choices=Measure.choices)
    act = models.CharField(max_length=8, choices=Act.choices)
    threshold = models.FloatField()
    milliseconds = models.PositiveIntegerField(null=True, help_text="What counts as too fast.")
    least = models.PositiveSmallIntegerField(help_text="Answers below which it never acts.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "measure", "act"], name="rule_once"),
            models.CheckConstraint(condition=Q(threshold__gt=0, threshold__lt=1), name="rule_threshold_is_a_share"),
            models.CheckConstraint(condition=Q(least__gte=5), name="rule_needs_answers"),
            models.CheckConstraint(
                condition=~Q(measure="too_fast") | Q(milliseconds__isnull=False), name="too_fast_says_how_fast"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_measure_display()} {self.threshold:g}: {self.get_act_display()}"


class Finding(models.Model):
    """What a rule found of one person and did about it, once; append-only."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=8, choices=Act.choices)
    threshold = models.FloatField()
    figure = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    count = models.PositiveIntegerField(help_text="Answers that the figure is of.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["project", "user", "rule", "-at"], name="finding_by_person")]

    def __str__(self) -> str:
        return f"{self.user}: {self.figure:.2f} of {self.count}"
