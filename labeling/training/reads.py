"""What is new since the last retrain, and whether one is under way."""

from labeling.consensus.reads import verified
from labeling.errors import NotFound
from labeling.projects.models import Project
from labeling.training.models import RetrainPolicy, Run, RunState

UNDER_WAY = (RunState.QUEUED, RunState.RUNNING)


def policy_of(project: Project) -> RetrainPolicy:
    """The owner's policy, or the one that holds until the owner sets one; never writes."""
    return RetrainPolicy.objects.filter(project=project).first() or RetrainPolicy(project=project)


def under_way(project: Project) -> Run | None:
    """The run that waits or works now."""
    return Run.objects.filter(project=project, state__in=UNDER_WAY).first()


def last_done(project: Project) -> Run | None:
    """The newest run that went to its end."""
    return Run.objects.filter(project=project, state=RunState.DONE).select_related("snapshot").last()


def new_verified(project: Project) -> int:
    """Labels to train on that were verified since the snapshot of the newest finished run."""
    rows = verified(project).filter(item__heldout=False)
    run = last_done(project)
    if run is not None and run.snapshot is not None:
        rows = rows.filter(verified_at__gt=run.snapshot.created_at)
    return rows.count()


def run_for(project: Project, number: int) -> Run:
    """One of the project's runs by its number."""
    runs = Run.objects.select_related("snapshot", "model_version", "actor")
    run = runs.filter(project=project, number=number).first()
    if run is None:
        raise NotFound("no such run", field="run")
    return run
