"""Which versions' answers no longer mean what the version that holds means."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from labeling.guidelines.models import Affects, GuidelineVersion
from labeling.projects.models import Project
from labeling.statements import rows

NEWEST = "SELECT id FROM labeling_guidelineversion WHERE project_id = %(project)s::bigint ORDER BY number DESC LIMIT 1"


@dataclass(frozen=True)
class Meaning:
    """Since which version each label means what it means, `since` for the labels not named."""

    since: int
    labels: Mapping[int, int] = field(default_factory=dict)

    def differs(self, other: "Meaning") -> frozenset[int] | None:
        """The labels that mean something else in the other; None for all of them."""
        if self.since != other.since:
            return None
        both = self.labels.keys() | other.labels.keys()
        changed = (pk for pk in both if self.labels.get(pk, self.since) != other.labels.get(pk, other.since))
        return frozenset(changed)


def outdated(project: Project) -> Mapping[int, frozenset[int] | None]:
    """By version id, the labels whose answers under it are out of date now, None for all; fresh ones are left out."""
    found = rows(NEWEST, {"project": project.pk})
    return outdated_by(found[0][0] if found else None)


@lru_cache(maxsize=256)
def outdated_by(newest_id: int | None) -> Mapping[int, frozenset[int] | None]:
    """The same of the version that holds: versions never change, so that it is worked out once a process."""
    if newest_id is None:
        return {}
    newest = GuidelineVersion.objects.get(pk=newest_id)
    found = meanings(list(GuidelineVersion.objects.filter(project=newest.project_id, number__lte=newest.number)))
    differing = {pk: meaning.differs(found[newest_id]) for pk, meaning in found.items()}
    return {pk: labels for pk, labels in differing.items() if labels != frozenset()}


def meanings(versions: list[GuidelineVersion]) -> dict[int, Meaning]:
    """What each version means, by its id: what its base means, but for what it affects. Given in order of number."""
    by_number: dict[int, int] = {}
    found: dict[int, Meaning] = {}
    for version in versions:
        base = found.get(version.base_id or by_number.get(version.number - 1, 0), Meaning(version.pk))
        found[version.pk] = meaning_after(base, version.pk, version.affects, version.affected_label_ids)
        by_number[version.number] = version.pk
    return found


def meaning_after(base: Meaning, version_id: int, affects: str, label_ids: list[int]) -> Meaning:
    """What a version means that changes its base in this way."""
    if affects == Affects.ALL:
        return Meaning(version_id)
    if affects == Affects.CLASSES:
        return Meaning(base.since, {**base.labels, **dict.fromkeys(label_ids, version_id)})
    return base
