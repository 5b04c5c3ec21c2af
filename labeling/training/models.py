"""Training runs and the schedule on which they start."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from labeling.datasets.models import Snapshot
from labeling.projects.models import Project
from labeling.registry.models import ModelVersion

SLICE_DROP = 0.1  # share of a part's items: with twenty, the fewest that count, two more mistakes
WARM_EVERY = 40  # answers: a few dozen, so that the model is never far behind the people


class RunState(models.TextChoices):
    QUEUED = "queued", _("Waiting for the worker")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    SKIPPED = "skipped", _("Skipped")
    CANCELLED = "cancelled", _("Cancelled")


class Speed(models.TextChoices):
    DEEP = "deep", _("Full retrain")
    WARM = "warm", _("Quick refit")


class Run(models.Model):
    """One retrain from frozen data to a judged model; `reason` says why it failed, was skipped or not promoted."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.QUEUED)
    stage = models.CharField(max_length=40, blank=True, help_text="What it is doing now.")
    reason = models.CharField(max_length=500, blank=True)
    log = models.TextField(blank=True)
    trigger = models.CharField(max_length=20, help_text="command, schedule, owner or answers.")
    speed = models.CharField(max_length=10, choices=Speed.choices, default=Speed.DEEP)
    answers = models.PositiveIntegerField(default=0, help_text="How many there were when it was asked for.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, null=True, on_delete=models.PROTECT, related_name="runs")
    model_version = models.OneToOneField(ModelVersion, null=True, on_delete=models.PROTECT, related_name="run")
    promoted = models.BooleanField(default=False)
    recipe = models.JSONField(default=dict)
    preflight = models.JSONField(default=list, help_text="Checks before it: name, figure, expectation, verdict, note.")
    entered = models.JSONField(default=list, help_text="What entered the model, as files to see and hear.")
    code = models.CharField(max_length=80, blank=True, help_text="Version of the code that trained, with its hash.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a process took it up.")
    curve = models.JSONField(default=list, help_text="One object an epoch: loss, accuracy, confusion.")
    trials = models.JSONField(default=list, help_text="Recipes tried before it, as in ml.search, the first as it was.")
    metrics = models.JSONField(default=dict)
    report = models.JSONField(default=dict, help_text="Baselines, slices, calibration and the worst mistakes.")
    cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="run_number_once"),
            models.UniqueConstraint(fields=["project"], condition=Q(state="running"), name="one_running_run"),
        ]

    def __str__(self) -> str:
        return f"run {self.number}"


class RetrainPolicy(models.Model):
    """When a project is retrained by itself, and how much better a model must be."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="retrain_policy")
    enabled = models.BooleanField(default=False)
    crontab = models.CharField(max_length=60, default="0 3 * * *", help_text="Minute hour day month weekday, UTC.")
    min_new_verified = models.PositiveIntegerField(default=20, validators=[MinValueValidator(1)])
    margin = models.FloatField(default=0.02, help_text="How much worse on the held-out split still counts as noise.")
    warm_every = models.PositiveIntegerField(
        default=WARM_EVERY, help_text="New answers after which the head is refitted on stored features; 0 is never."
    )
    changed_must_be_better = models.BooleanField(default=True, help_text="A changed recipe: better beyond noise.")
    slice_drop = models.FloatField(default=SLICE_DROP, help_text="How much worse on any part; 1 asks nothing.")
    recipe_kind = models.CharField(max_length=20, blank=True, help_text="As in ml.recipe; empty is the default.")
    trials = models.PositiveSmallIntegerField(
        default=0, help_text="Other recipes tried at random before a full retrain; 0 searches for none."
    )
    members = models.PositiveSmallIntegerField(
        default=0, help_text="Models of other seeds that teach the one that serves; 0 learns from people alone."
    )
    unlabelled = models.BooleanField(
        default=False, help_text="Sounds: a head learns from what it is surest of among the open items, too."
    )
    tools = models.JSONField(default=dict, help_text="Values of ml.recipe.Recipe by name; what is left out stays.")
    augment = models.JSONField(default=dict, help_text="The owner's say on ml.recipe.Augment; what is left out stays.")
    priors = models.JSONField(default=dict, help_text="Class shares expected in use, by label; empty: as labelled.")

    def __str__(self) -> str:
        return f"{self.project}: {self.crontab}"
