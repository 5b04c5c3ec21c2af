"""Questions from the floor and what became of them; the panel's sample, and what people say of themselves."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from labeling.annotations.models import Skip
from labeling.guidelines.models import Example, GuidelineVersion
from labeling.items.models import Item
from labeling.projects.models import Label, Member, Project


class ThreadState(models.TextChoices):
    OPEN = "open", "Not answered yet"
    ANSWERED = "answered", "Answered; stands in the draft"
    TOLD = "told", "Published; those who asked are told"
    CLOSED = "closed", "Closed without a change; those who asked are told"


class Thread(models.Model):
    """Questions about items that look alike, and the owner's one answer to them."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ThreadState.choices, default=ThreadState.OPEN)
    words = models.CharField(max_length=300, blank=True, help_text="The owner's answer.")
    example = models.ForeignKey(Example, null=True, on_delete=models.PROTECT, related_name="+")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    version = models.ForeignKey(
        GuidelineVersion, null=True, on_delete=models.PROTECT, related_name="+", help_text="The first that says so."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state="open") | ~Q(words=""), name="answered_thread_says_what"),
            models.CheckConstraint(condition=Q(state="told", version__isnull=False) | ~Q(state="told"),
                                   name="told_thread_has_its_version"),
        ]  # fmt: skip
        indexes = [models.Index(fields=["project", "state"], name="thread_by_state")]

    def __str__(self) -> str:
        return f"question {self.pk}"


class Flag(models.Model):
    """One person's "the guideline doesn't say" about one item, in its thread."""

    skip = models.OneToOneField(Skip, on_delete=models.PROTECT, related_name="flag")
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="flags")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.user} on {self.item}"


class Notice(models.Model):
    """That somebody's question was answered; shown to them until they have seen it."""

    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["thread", "user"], name="told_once")]
        indexes = [models.Index(fields=["user"], name="unseen_notices", condition=Q(seen_at=None))]

    def __str__(self) -> str:
        return f"{self.user}: {self.thread}"


class Attribute(models.Model):
    """Something that people may say of themselves, if they like, as one of some choices."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    choices = ArrayField(models.CharField(max_length=80))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="attribute_once")]

    def __str__(self) -> str:
        return self.name


class Declaration(models.Model):
    """What one person says of themselves; seen by nobody else, and gone when they take it back."""

    attribute = models.ForeignKey(Attribute, on_delete=models.CASCADE, related_name="declarations")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    value = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attribute", "member"], name="declared_once")]

    def __str__(self) -> str:
        return f"declaration {self.pk}"


class PanelItem(models.Model):
    """An item that the panel answers too, drawn by chance among those that annotators answered."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    item = models.OneToOneField(Item, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.item} before the panel"


class PanelAnswer(models.Model):
    """What one of the panel says of it, once; it weighs nothing in the item's label."""

    panel_item = models.ForeignKey(PanelItem, on_delete=models.PROTECT, related_name="answers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["panel_item", "user"], name="panel_answers_once")]

    def __str__(self) -> str:
        return f"{self.user}: {self.label}"
