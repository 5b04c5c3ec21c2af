"""Questions about labels, agreement and calibration."""

from dataclasses import dataclass, replace

import numpy as np
from django.db import connection
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from numpy.typing import NDArray

from labeling.consensus.evidence import told, yardstick
from labeling.consensus.models import Consensus, Renewal, Verdict
from labeling.consensus.whole import told_of_all
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Project
from ml.truth import agreement
from ml.truth.posterior import posteriors

MOST_COMPARED = 20_000  # items; more would narrow no interval that anybody could see

# PostgreSQL's own hash of a number stands for chance.
IN_COMPANY = """
SELECT item_id FROM labeling_consensus WHERE project_id = %(project)s AND answers >= 2
ORDER BY hashint8extended(item_id, 0), item_id LIMIT %(most)s
"""


def verified(project: Project) -> QuerySet[Consensus]:
    """The items of a project whose label is verified."""
    return Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED)


def in_company(project: Project, most: int = MOST_COMPARED) -> list[int]:
    """Items with two answers or more, the only ones that tell of agreement: all, or `most` of them drawn by chance.

    The draw stays the same from one look to the next, so that figures move with the answers alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(IN_COMPANY, {"project": project.pk, "most": most})
        return [row[0] for row in cursor.fetchall()]


def projects_to_renew() -> QuerySet[Project]:
    """Projects whose newest guideline has not been carried through yet."""
    newer = GuidelineVersion.objects.filter(project=OuterRef("pk"), number__gt=1)
    carried = Renewal.objects.filter(project=OuterRef("pk")).values("version__number")
    latest = newer.order_by("-number").values("number")[:1]
    rows = Project.objects.filter(archived_at=None).annotate(latest=Subquery(latest), carried=Subquery(carried))
    return rows.filter(Q(latest__isnull=False) & (Q(carried=None) | Q(latest__gt=F("carried"))))


def people_posteriors(project: Project) -> dict[int, NDArray[np.float64]]:
    """What people alone make of each answered item, by item id: (K,) in the order of `true_label_ids`.

    No model's opinion and no imported label is in it; what an expert decided is certain.
    """
    stick = yardstick(project)
    evidence = told_of_all(project, stick)
    probabilities = posteriors(stick.fit, evidence.answers, None)
    for row, item_id in enumerate(evidence.item_ids):
        if item_id in evidence.settled:
            probabilities[row] = np.eye(len(stick.label_ids))[stick.label_ids.index(evidence.settled[item_id])]
    return dict(zip(evidence.item_ids, probabilities, strict=True))


@dataclass(frozen=True)
class ProjectAgreement:
    """Krippendorff's alpha of a project with its interval, and each person's share of agreement with others.

    Of all items with two answers or more, or of MOST_COMPARED of them.
    """

    alpha: agreement.Agreement
    by_person: dict[int, float]  # user id -> share, NaN without company


def project_agreement(project: Project) -> ProjectAgreement:
    """Agreement over the answers that count; 'not this one' says no class, and who decides a dispute saw them all."""
    stick = yardstick(project)
    evidence = told(project, stick, in_company(project))
    users, person = np.unique(evidence.user_ids, return_inverse=True)
    named = (evidence.answers.symbol <= len(stick.label_ids)) & ~evidence.settling
    answers = replace(evidence.answers, person=person.astype(np.int32), n_people=len(users)).where(named)
    shares = agreement.by_person(answers)
    overall = agreement.alpha_interval(answers, seed=project.pk)
    return ProjectAgreement(overall, {int(user): float(share) for user, share in zip(users, shares, strict=True)})
