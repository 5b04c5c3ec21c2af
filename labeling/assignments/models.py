"""The queue: which items want answers, in which order, who holds which item now, and whom it trusts how far."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Random
from django.utils.translation import gettext_lazy as _

from labeling.guidelines.models import GuidelineVersion
from labeling.items.models import Item, SupposedLabel
from labeling.projects.models import Label, Project
from labeling.suggestions.models import Suggestion


class Audience(models.TextChoices):
    ANYONE = "anyone", _("Anyone")
    EXPERT = "expert", _("Experts")
    NOBODY = "nobody", _("Nobody")


class QueueEntry(models.Model):
    """One item's place in the queue. `wanted` and `leased` are counters that `assignments.actions` alone owns."""

    item = models.OneToOneField(Item, on_delete=models.CASCADE, primary_key=True, related_name="queue_entry")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    priority = models.FloatField(default=0.0, help_text="Higher is asked sooner.")
    wanted = models.PositiveSmallIntegerField(help_text="Answers still needed now.")
    leased = models.PositiveSmallIntegerField(default=0, help_text="Open leases.")
    audience = models.CharField(max_length=10, choices=Audience.choices, default=Audience.ANYONE)
    blind = models.BooleanField(
        default=False, db_default=False, help_text="Asked without a suggestion, whatever the shares are: an audit."
    )
    wanted_again_at = models.DateTimeField(
        null=True, help_text="The owner wants one answer more than there were then, whatever the verdict."
    )

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
    SUGGESTED = "suggested", _("Suggestion shown")
    BLIND = "blind", _("No suggestion shown")


class LeaseState(models.TextChoices):
    OPEN = "open", _("Open")
    ANSWERED = "answered", _("Answered")
    SKIPPED = "skipped", _("Skipped")
    RELEASED = "released", _("Given back")
    EXPIRED = "expired", _("Expired")
    OUTDATED = "outdated", _("Answered under a guideline that no longer holds")


HELD = ("open", "answered", "skipped")
ONE_LEASE = "one_lease_a_person"


class GoldSource(models.TextChoices):
    OWNER = "owner", _("Given by the owner")
    CONSENSUS = "consensus", _("Promoted from what people agreed on")


class Gold(models.Model):
    """An item whose true label is known: it comes up among others, unrecognisable, to see how well people answer."""

    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="gold")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=GoldSource.choices)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)
    place = models.FloatField(db_default=Random(), editable=False, help_text="In a ring that people take gold from.")

    class Meta:
        verbose_name_plural = "gold"
        indexes = [models.Index(fields=["project", "place"], name="gold_in_use", condition=Q(retired_at=None))]

    def __str__(self) -> str:
        return f"{self.item} is {self.label}"


class Lease(models.Model):
    """One person's claim on one item: what they were shown, and until when nobody else gets this place.

    Every claim and every answer writes to each index: what another index begins with, or nobody looks for, has none,
    and what is mostly empty is indexed where it is not.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="leases")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="leases", db_index=False
    )
    state = models.CharField(max_length=10, choices=LeaseState.choices, default=LeaseState.OPEN)
    arm = models.CharField(max_length=10, choices=Arm.choices)
    arm_probability = models.FloatField(help_text="Probability with which this arm was drawn.")
    suggestion = models.ForeignKey(Suggestion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    withheld = models.ForeignKey(
        Suggestion, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="What a blind lease was drawn not to show: without it nobody could tell what showing does.",
    )
    glance_ms = models.PositiveIntegerField(null=True, help_text="The suggestion comes in view after so long a look.")
    supposed = models.ForeignKey(SupposedLabel, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    guideline_version = models.ForeignKey(
        GuidelineVersion, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    settles = models.BooleanField(default=False, help_text="Granted to an expert: the answer decides a dispute.")
    gold = models.ForeignKey(
        Gold, null=True, on_delete=models.PROTECT, related_name="+", db_index=False,
        help_text="Granted to see how well people answer.",
    )
    quiz = models.BooleanField(
        default=False, db_default=False, help_text="Granted in an entry quiz: the answer weighs nothing, ever."
    )
    claimed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "user"], condition=Q(state__in=HELD), name=ONE_LEASE),
        ]
        indexes = [
            models.Index(fields=["project", "expires_at"], name="open_leases", condition=Q(state="open")),
            models.Index(fields=["user", "project", "state", "-id"], name="lease_by_user"),
            models.Index(fields=["user", "project", "state"], name="gold_leases", condition=Q(gold__isnull=False)),
            models.Index(fields=["suggestion"], name="lease_suggestion", condition=Q(suggestion__isnull=False)),
            models.Index(fields=["withheld"], name="lease_withheld", condition=Q(withheld__isnull=False)),
            models.Index(fields=["supposed"], name="lease_supposed", condition=Q(supposed__isnull=False)),
            models.Index(fields=["gold"], name="lease_gold", condition=Q(gold__isnull=False)),
            models.Index(fields=["user", "project"], name="quiz_leases", condition=Q(quiz=True)),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.item}"


def thinning() -> list[float]:
    """Shares of gold as trust grows, as CVAT does it."""
    return [0.4, 0.3, 0.2, 0.1]


class TrustPolicy(models.Model):
    """How far a project trusts its people: how often gold comes up, the entry quiz, and what people are told."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="trust_policy")
    gold_shares = ArrayField(
        models.FloatField(), default=thinning,
        help_text="Share of gold after 0, 1, 2 ... times `gold_step` right answers.",
    )  # fmt: skip
    gold_step = models.PositiveSmallIntegerField(default=20, help_text="Right answers to gold until the next share.")
    quiz_items = models.PositiveSmallIntegerField(default=0, help_text="Gold that a newcomer begins with; 0: no quiz.")
    quiz_mark = models.FloatField(default=0.8, help_text="Share of them that must be right.")
    quiz_limit = models.PositiveSmallIntegerField(default=20, help_text="Answers after which the quiz is failed.")
    feedback_after = models.PositiveSmallIntegerField(
        null=True, help_text="People are told their share after each batch of so many gold answers; empty: never."
    )
    judged_through = models.BigIntegerField(default=0, help_text="The last answer that the rules have looked at.")

    class Meta:
        verbose_name_plural = "trust policies"
        constraints = [
            models.CheckConstraint(condition=Q(quiz_mark__gt=0, quiz_mark__lte=1), name="quiz_mark_is_a_share"),
            models.CheckConstraint(condition=Q(quiz_limit__gte=F("quiz_items")), name="quiz_limit_allows_to_pass"),
            models.CheckConstraint(condition=Q(gold_step__gte=1), name="gold_step_positive"),
        ]

    def __str__(self) -> str:
        return f"trust in {self.project}"


class Manner(models.TextChoices):
    USUAL = "usual", _("As usual")
    GLANCE = "glance", _("After a first glance")
    LESS = "less", _("Less often")
    NEVER = "never", _("Not at all")


class Viewing(models.Model):
    """How one person is shown suggestions in one project, where not as usual."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    manner = models.CharField(max_length=6, choices=Manner.choices, default=Manner.USUAL)
    glance_ms = models.PositiveIntegerField(null=True, help_text="How long a glance lasts, where there is one.")
    reason = models.CharField(max_length=300, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "user"], name="viewing_once"),
            models.CheckConstraint(condition=~Q(manner="glance") | Q(glance_ms__gt=0), name="glance_says_how_long"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.manner}"


class ClearanceState(models.TextChoices):
    QUIZ = "quiz", _("In the entry quiz")
    CLEARED = "cleared", _("Cleared")
    PAUSED = "paused", _("Paused")


class Clearance(models.Model):
    """Whether one person gets work in one project, and since when they sit the entry quiz or have passed it."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ClearanceState.choices)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is so, for the person to read.")
    since = models.DateTimeField(help_text="Rules look at answers from then on.")
    quiz_since = models.DateTimeField(null=True)
    passed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "user"], name="clearance_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.state}"
