"""The queue: which items want answers, in which order, and who holds which item now."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from labeling.guidelines.models import GuidelineVersion
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Project
from labeling.suggestions.models import Suggestion


class Audience(models.TextChoices):
    ANYONE = "anyone", "Anyone"
    EXPERT = "expert", "Experts"
    NOBODY = "nobody", "Nobody"


class QueueEntry(models.Model):
    """One item's place in the queue. `wanted` and `leased` are counters that `assignments.actions` alone owns."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queue_entry")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    priority = models.FloatField(default=0.0, help_text="Higher is asked sooner.")
    wanted = models.PositiveSmallIntegerField(help_text="Answers still needed now.")
    leased = models.PositiveSmallIntegerField(default=0, help_text="Open leases.")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.ANYONE)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(leased__gte=0), name="leased_not_negative")]
        indexes = [
            models.Index(
                fields=["project", "audience", "-priority", "item"], name="queue_order",
                condition=Q(wanted__gt=F("leased")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.item} wants {self.wanted}"


class Arm(models.TextChoices):
    SUGGESTED = "suggested", "Suggestion shown"
    BLIND = "blind", "No suggestion shown"


class LeaseState(models.TextChoices):
    OPEN = "open", "Open"
    ANSWERED = "answered", "Answered"
    SKIPPED = "skipped", "Skipped"
    RELEASED = "released", "Given back"
    EXPIRED = "expired", "Expired"


HELD = ("open", "answered", "skipped")


class Lease(models.Model):
    """One person's claim on one item: what they were shown, and until when nobody else gets this place."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="leases")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases")
    state = models.CharField(max_length=10, choices=LeaseState.choices, default=LeaseState.OPEN)
    arm = models.CharField(max_length=10, choices=Arm.choices)
    arm_probability = models.FloatField(help_text="Probability with which this arm was drawn.")
    suggestion = models.ForeignKey(Suggestion, null=True, on_delete=models.PROTECT, related_name="+")
    supposed = models.ForeignKey(SupposedLabel, null=True, on_delete=models.PROTECT, related_name="+")
    guideline_version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    settles = models.BooleanField(default=False, help_text="Granted to an expert: the answer decides a dispute.")
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "user"], condition=Q(state__in=HELD), name="one_lease_a_person"),
        ]
        indexes = [
            models.Index(fields=["project", "expires_at"], name="open_leases", condition=Q(state="open")),
            models.Index(fields=["user", "project", "state", "-id"], name="lease_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.item}"
