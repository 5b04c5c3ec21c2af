"""By which opinion the queue was ordered last, and whether that is out of date."""

from labeling.annotations.models import Annotation
from labeling.audit.models import Event
from labeling.counts import kept
from labeling.embeddings.models import Embedding
from labeling.embeddings.reads import backbone_of
from labeling.projects.models import Project
from labeling.registry.reads import promoted
from labeling.suggestions.reads import spoken

RANKED = "ranked queue"
LEAST_NEW = 50  # answers or suggestions since the last ranking before another is worth its time
NEW_SHARE = 0.1  # and as a share of those that there were


def last_ranking(project: Project) -> Event | None:
    """The note of the newest ranking."""
    return Event.objects.filter(project_id=project.pk, verb=RANKED).order_by("-at").first()


def ranked_by(project: Project, version_id: int | None) -> bool:
    """Whether the present order of the queue already follows this model version's suggestions."""
    event = last_ranking(project)
    return event is not None and event.data["model_version"] == version_id


def answers_to(project: Project) -> int:
    """How many answers there are."""
    return kept(f"answers:{project.pk}", Annotation.objects.filter(project=project).count)


def known_items(project: Project) -> int:
    """Of how many items there is something to order them by: suggestions, or features before there is a model."""
    version = promoted(project)
    if version is not None:
        return kept(f"suggestions:{version.pk}", spoken(project).count)
    features = Embedding.objects.filter(backbone=backbone_of(project), blob__items__project=project)
    return kept(f"features:{project.pk}", features.count)


def in_chance_order(project: Project) -> bool:
    """Whether nothing has ordered this queue but chance: nobody's ranking, or one that knew nothing."""
    event = last_ranking(project)
    return event is None or not event.data["known"]


def is_ripe(project: Project) -> bool:
    """Whether the queue's order is older than the model, or than much of what was answered and learnt of items."""
    event, version = last_ranking(project), promoted(project)
    if event is None or event.data["model_version"] != (version and version.pk):
        return True
    if not project.model_helps:
        return False
    return _much(event.data["answers"], answers_to(project)) or _much(event.data["known"], known_items(project))


def _much(before: int, now: int) -> bool:
    return now - before >= max(LEAST_NEW, NEW_SHARE * before)
