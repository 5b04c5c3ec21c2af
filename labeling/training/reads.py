"""What is new since the last retrain, and whether one is under way."""

from labeling.annotations.models import Annotation
from labeling.consensus.reads import verified
from labeling.counts import kept
from labeling.errors import NotFound
from labeling.projects.models import Project
from labeling.training.models import RetrainPolicy, Run, RunState, Speed

UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)
WARM_SHARE = 0.02  # of the answers there were: with many, a few dozen more change nothing that could be seen


def policy_of(project: Project) -> RetrainPolicy:
    """The owner's policy, or the one that holds until the owner sets one; never writes."""
    return RetrainPolicy.objects.filter(project=project).first() or RetrainPolicy(project=project)


def under_way(project: Project) -> Run | None:
    """The run that waits or works now."""
    return Run.objects.filter(project=project, state__in=UNDER_WAY).first()


def last_done(project: Project, *speeds: Speed) -> Run | None:
    """The newest run that went to its end, of these speeds where any are given."""
    runs = Run.objects.filter(project=project, state=RunState.DONE).select_related("snapshot")
    return (runs.filter(speed__in=speeds) if speeds else runs).last()


def new_verified(project: Project) -> int:
    """Labels to train on that were verified since the snapshot of the newest finished retrain; refits aside."""
    rows = verified(project).filter(item__heldout=False)
    run = last_done(project, Speed.DEEP)
    if run is not None and run.snapshot is not None:
        rows = rows.filter(verified_at__gt=run.snapshot.created_at)
    return rows.count()


def answers_to(project: Project) -> int:
    """How many answers there are."""
    return Annotation.objects.filter(project=project).count()


def new_answers(project: Project) -> int:
    """Answers since the newest finished run: a refit learns from open items too, as unsure as people leave them."""
    last = last_done(project)
    return answers_to(project) - (last.answers if last is not None else 0)


def is_warm_ripe(project: Project) -> bool:
    """Whether enough was answered since the last run that a refit of the head is worth its seconds."""
    every = policy_of(project).warm_every
    if not every or not project.model_helps or under_way(project) is not None:
        return False
    last = Run.objects.filter(project=project).last()
    before = last.answers if last is not None else 0
    now = kept(f"answers:{project.pk}", lambda: answers_to(project))
    return now - before >= max(every, WARM_SHARE * before)


def run_for(project: Project, number: int) -> Run:
    """One of the project's runs by its number."""
    runs = Run.objects.select_related("snapshot", "model_version", "actor")
    run = runs.filter(project=project, number=number).first()
    if run is None:
        raise NotFound("no such run", field="run")
    return run


def looks(run: Run) -> int:
    """How often the project's held-out items had judged a model, this run's among them."""
    return Run.objects.filter(project=run.project_id, number__lte=run.number).exclude(metrics={}).count()
