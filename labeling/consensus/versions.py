"""How far people agreed under each version of the guideline."""

from collections import defaultdict
from dataclasses import dataclass

from labeling.annotations.models import Annotation
from labeling.consensus.evidence import counting
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Label, LabelRole, Project
from ml.truth.agreement import Agreement, alpha_interval
from ml.truth.answers import collect


@dataclass(frozen=True)
class VersionAgreement:
    """One version: its answers, those of them still fresh, and Krippendorff's alpha with its interval."""

    version: GuidelineVersion
    answers: int
    fresh: int
    people: int
    alpha: Agreement


def by_version(project: Project) -> list[VersionAgreement]:
    """Each version with answers, the newest first. Answers that later versions put out of date count for their own.

    "Not this one" names no class and is left out; so are decisions of disputes, whose experts saw what others had said.
    """
    rows = counting(project, stale=True).filter(label__isnull=False, lease__settles=False)
    fresh = set(counting(project).values_list("pk", flat=True))
    found: dict[int, list[Annotation]] = defaultdict(list)
    for row in rows.only("pk", "item_id", "user_id", "label_id", "guideline_version_id").order_by("pk"):
        found[row.guideline_version_id].append(row)
    place = {pk: index for index, pk in enumerate(_label_ids(project))}
    versions = GuidelineVersion.objects.filter(pk__in=found).order_by("-number")
    return [_one(project, version, found[version.pk], place, fresh) for version in versions]


def _label_ids(project: Project) -> list[int]:
    """Every label ever, those that may be true before "not sure", which pairs with nothing but itself."""
    rows = Label.objects.filter(project=project).order_by("id").values_list("pk", "role")
    return [pk for pk, role in rows if role != LabelRole.UNSURE] + [pk for pk, role in rows if role == LabelRole.UNSURE]


def _one(
    project: Project, version: GuidelineVersion, rows: list[Annotation], place: dict[int, int], fresh: set[int]
) -> VersionAgreement:
    items = {pk: index for index, pk in enumerate(sorted({row.item_id for row in rows}))}
    people = {pk: index for index, pk in enumerate(sorted({row.user_id for row in rows}))}
    answers = collect(
        [items[row.item_id] for row in rows], [people[row.user_id] for row in rows],
        [place[row.label_id or 0] for row in rows], n_classes=max(len(place), 2), n_symbols=max(len(place), 2),
    )  # fmt: skip
    alpha = alpha_interval(answers, seed=project.pk)
    return VersionAgreement(version, len(rows), sum(row.pk in fresh for row in rows), len(people), alpha)
