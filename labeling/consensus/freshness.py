"""Answers that an older guideline led to: which they are, and what a new version would cost."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from labeling.annotations.models import Annotation
from labeling.assignments.reads import usual_seconds
from labeling.consensus.evidence import counting
from labeling.consensus.models import Consensus, Verdict
from labeling.guidelines.actions import What
from labeling.guidelines.models import Affects
from labeling.projects.models import Project


@dataclass(frozen=True)
class Cost:
    """What publishing would put out of date, and what it takes to ask again."""

    answers: int
    items: int
    verified: int  # of the items, those whose label is verified now
    per_item: float  # fresh answers that a verified label took so far; 1 before there is one
    seconds: float  # that an answer takes

    @property
    def again(self) -> int:
        """Answers that are expected to be needed."""
        return round(self.items * self.per_item)

    @property
    def minutes(self) -> float:
        """Of people's time."""
        return self.again * self.seconds / 60


def affected(project: Project, what: What) -> QuerySet[Annotation]:
    """The answers that count now and would be out of date after such a change."""
    rows = counting(project)
    if what.affects == Affects.NOTHING:
        return rows.none()
    if what.affects == Affects.ALL:
        return rows
    return rows.filter(Q(label__in=what.label_ids) | Q(rejected__in=what.label_ids))


def cost(project: Project, what: What) -> Cost:
    """Items and answers by count, time by the pace measured here; nothing is written."""
    rows = affected(project, what)
    counts = rows.aggregate(answers=Count("pk"), items=Count("item", distinct=True))
    verified = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED, by_expert=False)
    told = counting(project).filter(item__in=verified.filter(answers__gt=0).values("pk")).count()
    sure = verified.filter(answers__gt=0).count()
    hit = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED, pk__in=rows.values("item"))
    return Cost(counts["answers"], counts["items"], hit.count(), told / sure if sure else 1.0, usual_seconds(project))
