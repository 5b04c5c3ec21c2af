"""Experiments in which people stand in for the model, what was asked of them, and what end users made of it."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from labeling.items.models import Blob, Item
from labeling.projects.models import Label, Project
from labeling.registry.models import ModelVersion


class Source(models.TextChoices):
    WIZARD = "wizard", "People stand in for the model"
    MODEL = "model", "The promoted model"
    HYBRID = "hybrid", "The model where it is sure enough, people where not"


class Service(models.Model):
    """Who answers a project's callers, and how long and how many may wait."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, primary_key=True, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.WIZARD)
    threshold = models.FloatField(default=0.9, help_text="Confidence from which the model answers by itself (hybrid).")
    patience = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(1), MaxValueValidator(120)],
        help_text="Seconds that a caller is kept waiting before being told where to ask again.",
    )
    lasting = models.PositiveIntegerField(default=600, help_text="Seconds after which nobody answers any more.")
    open_limit = models.PositiveIntegerField(default=500, help_text="Requests that may wait at once; more get 429.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(threshold__gt=0, threshold__lte=1), name="service_threshold_is_a_share"),
            models.CheckConstraint(condition=Q(lasting__gte=F("patience")), name="service_lasts_as_long_as_patience"),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.source}"


class ExperimentState(models.TextChoices):
    DRAFT = "draft", "Draft"
    RUNNING = "running", "Running"
    ENDED = "ended", "Ended"
    GRADUATED = "graduated", "Graduated"


class Presentation(models.TextChoices):
    GALLERY = "gallery", "A gallery of what was chosen"
    WORD = "word", "Each input with the answer it got"


class Judging(models.TextChoices):
    PAIR = "pair", "Two outcomes side by side"
    RATING = "rating", "One outcome, rated from 1 to 5"


class Experiment(models.Model):
    """One search for the right question: a goal, variants, people who answer and people who judge the result."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="experiments")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    goal = models.TextField(help_text="What the product's end users shall get, in the owner's words.")
    state = models.CharField(max_length=10, choices=ExperimentState.choices, default=ExperimentState.DRAFT)
    presentation = models.CharField(max_length=8, choices=Presentation.choices, default=Presentation.GALLERY)
    judging = models.CharField(max_length=8, choices=Judging.choices, default=Judging.PAIR)
    overlap = models.PositiveSmallIntegerField(default=2, help_text="Wizards who answer each input of each variant.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    winner = models.ForeignKey("Variant", null=True, on_delete=models.PROTECT, related_name="+")
    why = models.TextField(blank=True, help_text="Why this variant won, in the owner's words.")
    guideline_number = models.PositiveIntegerField(null=True, help_text="The version that came of it.")

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="experiment_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="running"), name="one_running_experiment"),
            models.CheckConstraint(condition=Q(overlap__gte=1, overlap__lte=20), name="overlap_in_range"),
            models.CheckConstraint(
                condition=~Q(state="graduated") | Q(winner__isnull=False), name="graduated_with_winner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"


class Variant(models.Model):
    """A candidate question with classes of its own and a draft of its guideline."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="variants")
    letter = models.CharField(max_length=1)
    question = models.CharField(max_length=300)
    text = models.TextField(blank=True, help_text="Markdown.")
    classes = models.JSONField(help_text="Names, keys, roles, and whether the product shows what got them: objects.")

    class Meta:
        ordering = ["letter"]
        constraints = [models.UniqueConstraint(fields=["experiment", "letter"], name="variant_letter_once")]

    def __str__(self) -> str:
        return f"{self.letter}: {self.question}"


class Part(models.TextChoices):
    WIZARD = "wizard", "Wizard"
    RATER = "rater", "End user"


class Seat(models.Model):
    """Who takes which part; nobody judges what they answered, so one part each."""

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=6, choices=Part.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["experiment", "user"], name="one_part_each")]

    def __str__(self) -> str:
        return f"{self.user}: {self.part}"


class Origin(models.TextChoices):
    UPLOADED = "uploaded", "Uploaded"
    SAMPLED = "sampled", "Sampled from the items"
    CALLED = "called", "Came by the API"


class Input(models.Model):
    """One picture or sound that is asked about; its bytes lie with the items' own, once."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    experiment = models.ForeignKey(Experiment, null=True, on_delete=models.PROTECT, related_name="inputs")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    item = models.ForeignKey(Item, null=True, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=300)
    origin = models.CharField(max_length=8, choices=Origin.choices)
    brought_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "experiment", "blob"], name="input_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """A wizard's console while it is open; over once it ended or was silent for some seconds."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="shifts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["experiment", "seen_at"], name="shifts_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.user} since {self.began_at:%H:%M}"


class InquiryState(models.TextChoices):
    THINKING = "thinking", "With the model"
    WAITING = "waiting", "Waiting for a wizard"
    LEASED = "leased", "Before a wizard"
    ANSWERED = "answered", "Answered"
    TIMED_OUT = "timed-out", "Nobody answered in time"
    ENDED = "ended", "The experiment ended first"


OPEN = (InquiryState.THINKING, InquiryState.WAITING, InquiryState.LEASED)


class Inquiry(models.Model):
    """A question to whoever stands in for the model: by a caller, or (`caller` empty) to see if wizards agree."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    experiment = models.ForeignKey(Experiment, null=True, on_delete=models.PROTECT, related_name="inquiries")
    variant = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="inquiries")
    input = models.ForeignKey(Input, on_delete=models.PROTECT, related_name="inquiries")
    caller = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=8, choices=Source.choices)
    state = models.CharField(max_length=9, choices=InquiryState.choices)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    shift = models.ForeignKey(Shift, null=True, on_delete=models.PROTECT, related_name="inquiries")
    leased_at = models.DateTimeField(null=True)
    abandoned_at = models.DateTimeField(null=True, help_text="When the caller hung up; others are served first.")
    keeper = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="The process that keeps the caller."
    )
    kept_until = models.DateTimeField(null=True, help_text="By then the caller is told where to ask again.")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "inquiries"
        constraints = [
            models.CheckConstraint(
                condition=Q(state="leased", shift__isnull=False) | ~Q(state="leased"), name="leased_to_a_shift"
            ),
        ]
        indexes = [
            models.Index(fields=["experiment", "created_at"], name="inquiries_waiting", condition=Q(state="waiting")),
            models.Index(fields=["shift"], name="inquiries_leased", condition=Q(state="leased")),
            models.Index(fields=["project", "expires_at"], name="inquiries_open",
                         condition=Q(state__in=["thinking", "waiting", "leased"])),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.input} ({self.state})"


class Reply(models.Model):
    """The answer that an inquiry got; append-only."""

    inquiry = models.OneToOneField(Inquiry, on_delete=models.PROTECT, related_name="reply")
    wizard = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    model_version = models.ForeignKey(ModelVersion, null=True, on_delete=models.PROTECT, related_name="+")
    said = models.CharField(max_length=80, help_text="The class's name.")
    confidence = models.FloatField(null=True, help_text="The model's own.")
    milliseconds = models.PositiveIntegerField(help_text="From being shown to the answer.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "replies"
        constraints = [
            models.CheckConstraint(
                condition=Q(wizard__isnull=False, model_version=None) | Q(wizard=None, model_version__isnull=False),
                name="by_a_wizard_or_a_model",
            ),
        ]
        indexes = [models.Index(fields=["wizard", "-id"], name="replies_of_wizards_latest")]

    def __str__(self) -> str:
        return self.said


class HandoverReason(models.TextChoices):
    LEFT = "left", "The wizard left"
    SILENT = "silent", "The wizard's page fell silent"
    PASSED = "passed", "The wizard passed it on"


class Handover(models.Model):
    """A wizard who held an inquiry and holds it no more; append-only."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="handovers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=6, choices=HandoverReason.choices)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"


class Feedback(models.Model):
    """What an end user made of an answer; append-only, sent twice it is stored once."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="feedback")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(help_text="Made by the sender.")
    useful = models.BooleanField(null=True)
    rating = models.PositiveSmallIntegerField(null=True)
    comment = models.CharField(max_length=1000, blank=True)
    correction = models.CharField(max_length=80, blank=True, help_text="The class that would have been right.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "feedback"
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="feedback_key_once"),
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5), name="feedback_rating_in_range"
            ),
            models.CheckConstraint(
                condition=Q(useful__isnull=False) | Q(rating__isnull=False) | ~Q(comment="") | ~Q(correction=""),
                name="feedback_says_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} on {self.inquiry_id}"


class Showing(models.Model):
    """What one rater gets to see: two variants' outcomes on the same inputs (or one, to rate), each once."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="showings")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    first = models.ForeignKey(Variant, on_delete=models.PROTECT, related_name="+", help_text="The earlier letter.")
    second = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="+")
    first_left = models.BooleanField(default=True, help_text="Drawn, so that each side comes up equally often.")
    outcomes = models.JSONField(help_text="By variant, what each input got, as it stood: {id: [[input, class], ...]}.")
    shown_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["experiment", "rater", "first", "second"], name="shown_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rater}: {self.first.letter} {self.second.letter if self.second else ''}"


class Judgement(models.Model):
    """A rater's verdict on what was shown; append-only."""

    showing = models.OneToOneField(Showing, on_delete=models.PROTECT, related_name="judgement")
    choice = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="+", help_text="None: a tie.")
    rating = models.PositiveSmallIntegerField(null=True)
    comment = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(rating=None) | Q(rating__gte=1, rating__lte=5, choice=None), name="judgement_in_range"
            ),
        ]

    def __str__(self) -> str:
        return str(self.choice or self.rating or "a tie")


class Precedent(models.Model):
    """What became of an input at graduation: a clear case with its class, or a disputed one that the owner decides."""

    experiment = models.ForeignKey(Experiment, on_delete=models.PROTECT, related_name="precedents")
    input = models.OneToOneField(Input, on_delete=models.PROTECT, related_name="precedent")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, related_name="+")
    clear = models.BooleanField(help_text="Every wizard said the same, and more than one did.")
    votes = models.JSONField(help_text="Class name to number of wizards, as it stood.")
    label = models.ForeignKey(Label, null=True, on_delete=models.PROTECT, related_name="+")
    because = models.CharField(max_length=300, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.input}: {self.label or 'disputed'}"

