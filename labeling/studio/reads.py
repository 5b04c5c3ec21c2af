"""The five questions of an owner: how far, can I trust it, what does it cost, is the model better, what next."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Avg, Count, Q
from django.db.models.functions import Now
from django.utils import timezone

from labeling.annotations.models import Annotation
from labeling.assignments.models import Lease, LeaseState
from labeling.assignments.reads import remaining
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.reads import ProjectAgreement, project_agreement
from labeling.figures.reads import page_figure
from labeling.items.models import Item, ItemState
from labeling.projects.models import Project
from labeling.registry.models import ModelVersion
from labeling.training.models import Run

AGREEMENT_SECONDS = 30  # agreement reads every answer: it may be this old
RECENT_RUNS = 5


@dataclass(frozen=True)
class Progress:
    """Items by what has become of them."""

    items: int
    verified: int
    disputed: int
    unanswered: int
    waiting: int  # for thumbnails or peaks
    faulty: int
    left: int  # items that want at least one more answer

    @property
    def share(self) -> float:
        """Verified items as a share of all."""
        return self.verified / self.items if self.items else 0.0


@dataclass(frozen=True)
class Cost:
    """Answers spent, and what a verified label took of them."""

    answers: int
    taken_back: int
    skips: int
    per_label: float | None  # standing answers a verified label
    last_hour: int
    people_now: int  # who hold an open lease


@dataclass(frozen=True)
class Trust:
    """How far the labels can be believed."""

    stated: float | None  # mean posterior of the verified labels
    agreement: ProjectAgreement | None


@dataclass(frozen=True)
class Judged:
    """One model version on the held-out split."""

    number: int
    created_at: datetime
    state: str
    accuracy: float
    low: float
    high: float
    items: int


@dataclass(frozen=True)
class Overview:
    """Everything that the overview shows."""

    progress: Progress
    trust: Trust
    cost: Cost
    models: list[Judged]
    runs: list[Run]


def overview(project: Project) -> Overview:
    """Work the figures out; where that takes long, some of them are a while old."""
    runs = Run.objects.filter(project=project).select_related("model_version").order_by("-number")[:RECENT_RUNS]
    return Overview(
        PROGRESS.of(project), TRUST.of(project), COST.of(project), models(project), list(runs),
    )  # fmt: skip


def progress(project: Project) -> Progress:
    """How far the labeling is."""
    states = dict(Item.objects.filter(project=project).values_list("state").annotate(n=Count("pk")))
    verdicts = Consensus.objects.filter(project=project, item__state=ItemState.READY).aggregate(
        verified=Count("pk", filter=Q(verdict=Verdict.VERIFIED)),
        disputed=Count("pk", filter=Q(verdict=Verdict.DISPUTED)),
        answered=Count("pk", filter=Q(answers__gt=0)),
    )
    ready = states.get(ItemState.READY, 0)
    return Progress(
        items=ready + states.get(ItemState.NEW, 0), verified=verdicts["verified"], disputed=verdicts["disputed"],
        unanswered=ready - verdicts["answered"], waiting=states.get(ItemState.NEW, 0),
        faulty=states.get(ItemState.FAULTY, 0), left=remaining(project),
    )  # fmt: skip


def trust(project: Project) -> Trust:
    """Stated precision of the verified set, and agreement between people."""
    stated = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED).aggregate(mean=Avg("confidence"))
    key = f"agreement:{project.pk}"
    agreement: ProjectAgreement | None = cache.get(key)
    if agreement is None and Annotation.objects.filter(project=project).exists():
        agreement = project_agreement(project)
        cache.set(key, agreement, AGREEMENT_SECONDS)
    return Trust(stated["mean"], agreement)


def cost(project: Project) -> Cost:
    """Answers and skips, and who is at work."""
    rows = Annotation.objects.filter(project=project).aggregate(
        standing=Count("pk", filter=Q(retraction=None)),
        taken_back=Count("pk", filter=Q(retraction__isnull=False)),
        last_hour=Count("pk", filter=Q(retraction=None, stored_at__gte=timezone.now() - timedelta(hours=1))),
    )
    verified = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED).aggregate(
        n=Count("pk"), answers=Avg("answers")
    )
    leases = Lease.objects.filter(project=project)
    now = leases.filter(state=LeaseState.OPEN, expires_at__gt=Now())
    return Cost(
        answers=rows["standing"], taken_back=rows["taken_back"], last_hour=rows["last_hour"],
        skips=leases.filter(state=LeaseState.SKIPPED).count(), per_label=verified["answers"],
        people_now=now.values("user").distinct().count(),
    )  # fmt: skip


def models(project: Project) -> list[Judged]:
    """Every judged model, oldest first."""
    return [
        Judged(
            version.number, version.created_at, version.state, version.metrics["accuracy"], version.metrics["low"],
            version.metrics["high"], version.metrics["items"],
        )
        for version in ModelVersion.objects.filter(project=project, metrics__has_key="accuracy").order_by("number")
    ]  # fmt: skip


PROGRESS = page_figure("overview.progress", progress)
TRUST = page_figure("overview.trust", trust)
COST = page_figure("overview.cost", cost)
