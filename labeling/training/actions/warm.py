"""The warm head: refitted within seconds on stored features, every few dozen answers."""

from django.contrib.auth.models import User

from labeling.projects.models import Project
from labeling.training.actions.execute import execute
from labeling.training.actions.start import Trigger, start_run
from labeling.training.models import Run, Speed


def refit_head(*, actor: User | None, project: Project) -> Run:
    """Refit the project's head here and now, in this process, and return the run as it ended.

    The same way as every model: labels frozen to a snapshot, a light preflight, fitted on the features that are stored,
    judged on the held-out items, promoted with fresh suggestions where it is not worse than the model that speaks.
    `run.promoted` says whether it speaks now; `run.state` is "skipped" with its `run.reason` where there was too little
    to learn from or to judge by, where nothing was new, or where another run is under way. It asks neither the owner's
    setting nor how many answers came since the last time: that is `reads.is_warm_ripe`.

    The queue is re-ranked by `selection`, to the right of this room: its periodic task sees the new model within
    seconds; whoever cannot wait calls `selection.actions.rank(project=project)` when `run.promoted`.
    """
    run = start_run(actor=actor, project=project, trigger=Trigger.ANSWERS, speed=Speed.WARM)
    return execute(run_id=run.pk)
