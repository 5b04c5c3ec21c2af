"""What follows from people who come and go: items that wait for nobody go to an expert, and come back from there."""

from labeling.consensus.actions.weigh import weigh
from labeling.consensus.crew import astray, crew, crew_changed
from labeling.consensus.evidence import yardstick
from labeling.consensus.models import Crew
from labeling.projects.models import Project

CHUNK = 200  # items weighed a transaction: an answer to one of them waits no longer than that


def redirect(*, project: Project) -> int:
    """Weigh anew what may wait for the wrong people, where others are at work than last time; returns how many items.

    Who is at work now is noted at the end: killed half-way, it is done again from the start.
    """
    now = crew(project)
    if not crew_changed(project, now):
        return 0
    item_ids, stick = astray(project), yardstick(project)
    for start in range(0, len(item_ids), CHUNK):
        weigh(project=project, item_ids=item_ids[start : start + CHUNK], stick=stick)
    Crew.objects.update_or_create(project=project, defaults={"user_ids": now})
    return len(item_ids)
