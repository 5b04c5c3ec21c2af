"""How far people agreed under each version of the guideline."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import BigIntegerField, Count, F, Func, QuerySet, Value

from labeling.annotations.models import Annotation
from labeling.consensus.evidence import counting
from labeling.figures.reads import page_figure
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Label, LabelRole, Project
from ml.truth.agreement import Agreement, alpha_interval
from ml.truth.answers import collect

MOST = 50_000  # answers that alpha is of; more would narrow no interval that anybody could see
Row = tuple[int, int, int]  # item, person, label

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
    return BY_VERSION.of(project)


def _by_version(project: Project) -> list[VersionAgreement]:
    all_, fresh = (
        {version: (answers, people) for version, answers, people in _named(project, stale=stale).order_by()
         .values_list("guideline_version").annotate(Count("pk"), Count("user", distinct=True))}
        for stale in (True, False)
    )  # fmt: skip
    found: dict[int, list[Row]] = defaultdict(list)
    for version, *row in _drawn(_named(project, stale=True), sum(answers for answers, _ in all_.values())):
        found[version].append((row[0], row[1], row[2]))
    place = {pk: index for index, pk in enumerate(_label_ids(project))}
    return [
        VersionAgreement(
            version, *(all_[version.pk][0], fresh.get(version.pk, (0, 0))[0], all_[version.pk][1]),
            _alpha(project, found[version.pk], place),
        )
        for version in GuidelineVersion.objects.filter(pk__in=all_).order_by("-number")
    ]  # fmt: skip


BY_VERSION = page_figure("guideline-agreement.versions", _by_version)


def _named(project: Project, *, stale: bool) -> QuerySet[Annotation]:
    """Answers that name a class, decisions of disputes left out."""
    return counting(project, stale=stale).filter(label__isnull=False, lease__settles=False)


def _drawn(rows: QuerySet[Annotation], total: int) -> QuerySet[Annotation, tuple[int, int, int, int]]:
    """Version, item, person and label of every answer, or of those to a share of the items drawn by their hash."""
    values = rows.order_by("pk").values_list("guideline_version_id", "item_id", "user_id", "label_id")
    if total <= MOST:
        return values
    chance = Func(F("item_id"), Value(0), function="hashint8extended", output_field=BigIntegerField())
    return values.alias(chance=chance).filter(chance__lt=-(2**63) + int(2**64 * (MOST / total)))


def _label_ids(project: Project) -> list[int]:
    """Every label ever, those that may be true before "not sure", which pairs with nothing but itself."""
    rows = Label.objects.filter(project=project).order_by("id").values_list("pk", "role")
    return [pk for pk, role in rows if role != LabelRole.UNSURE] + [pk for pk, role in rows if role == LabelRole.UNSURE]


def _alpha(project: Project, rows: list[Row], place: dict[int, int]) -> Agreement:
    items = {pk: index for index, pk in enumerate(sorted({item for item, _, _ in rows}))}
    people = {pk: index for index, pk in enumerate(sorted({user for _, user, _ in rows}))}
    answers = collect(
        [items[item] for item, _, _ in rows], [people[user] for _, user, _ in rows],
        [place[label] for _, _, label in rows], n_classes=max(len(place), 2), n_symbols=max(len(place), 2),
    )  # fmt: skip
    return alpha_interval(answers, seed=project.pk)
