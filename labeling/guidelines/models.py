"""Versioned instructions and their examples: every change of question, classes, text or examples is a new version."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.items.models import Item
from labeling.projects.models import Label, Project


class Example(models.Model):
    """One item that shows what belongs to a class, or what does not and why; never changed once written.

    Versions and the draft name the examples that they show.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    label = models.ForeignKey(Label, on_delete=models.CASCADE, related_name="+", help_text="Does not keep it in use.")
    fits = models.BooleanField(help_text="Whether the item belongs to the class.")
    because = models.CharField(max_length=300, blank=True, help_text="Why it does not, or what shows that it does.")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(fits=True) | ~Q(because=""), name="no_example_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.item}: {'' if self.fits else 'not '}{self.label}"


class Affects(models.TextChoices):
    """Which answers a version puts out of date, as its owner said when publishing it."""

    NOTHING = "nothing", _("Nothing but the wording: every answer stays as good as it was")
    CLASSES = "classes", _("The meaning of some classes: answers that name them are out of date")
    ALL = "all", _("The question itself: every answer is out of date")


class GuidelineVersion(models.Model):
    """What annotators were told from one moment on; never changed once written.

    The newest one holds. Taking one back is a newer one too, which says what it `withdraws` and holds what stood
    before it.
    """

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="guideline_versions")
    number = models.PositiveIntegerField()
    question = models.CharField(max_length=300)
    text = models.TextField(blank=True, help_text="Markdown.")
    classes = models.JSONField(help_text="Names, roles and keys as they stood: a list of objects.")
    example_ids = ArrayField(models.BigIntegerField(), default=list, help_text="Examples shown, in order.")
    affects = models.CharField(max_length=10, choices=Affects.choices, default=Affects.NOTHING)
    affected_label_ids = ArrayField(models.BigIntegerField(), default=list, help_text="Where it affects classes.")
    base = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="What it changes; empty for the first."
    )
    withdraws = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="withdrawn_by", help_text="What it takes back."
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    change = models.CharField(max_length=300, blank=True, help_text="What changed, in the author's words.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="guideline_number_once"),
            models.CheckConstraint(
                condition=Q(affects="classes") ^ Q(affected_label_ids=[]), name="affected_classes_are_named"
            ),
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.project} v{self.number}"


class Draft(models.Model):
    """The next version of a project's guideline while it is written; `revision` keeps two owners from losing words."""

    project = models.OneToOneField(
        Project, on_delete=models.PROTECT, primary_key=True, related_name="guideline_draft"
    )
    base = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(help_text="One more with each save.")
    question = models.CharField(max_length=300)
    text = models.TextField(blank=True, help_text="Markdown.")
    classes = models.JSONField(help_text="Classes that shall be: a list of objects with id, name and key.")
    with_none = models.BooleanField()
    with_unsure = models.BooleanField()
    example_ids = ArrayField(models.BigIntegerField(), default=list)
    change = models.CharField(max_length=300, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"draft of {self.project}"
