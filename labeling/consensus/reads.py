"""Questions about labels, agreement and calibration."""

from dataclasses import dataclass, replace

import numpy as np
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from numpy.typing import NDArray

from labeling.consensus.evidence import told, yardstick
from labeling.consensus.models import Consensus, Renewal, Verdict
from labeling.guidelines.models import GuidelineVersion
from labeling.projects.models import Project
from ml.truth import agreement
from ml.truth.posterior import posteriors


def verified(project: Project) -> QuerySet[Consensus]:
    """The items of a project whose label is verified."""
    return Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED)


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
    evidence = told(project, stick)
    probabilities = posteriors(stick.fit, evidence.answers, None)
    for row, item_id in enumerate(evidence.item_ids):
        if item_id in evidence.settled:
            probabilities[row] = np.eye(len(stick.label_ids))[stick.label_ids.index(evidence.settled[item_id])]
    return dict(zip(evidence.item_ids, probabilities, strict=True))


@dataclass(frozen=True)
class ProjectAgreement:
    """Krippendorff's alpha of a project with its interval, and each person's share of agreement with others."""

    alpha: agreement.Agreement
    by_person: dict[int, float]  # user id -> share, NaN without company


def project_agreement(project: Project) -> ProjectAgreement:
    """Agreement over the answers that count; 'not this one' says no class, and who decides a dispute saw them all."""
    stick = yardstick(project)
    evidence = told(project, stick)
    users, person = np.unique(evidence.user_ids, return_inverse=True)
    named = (evidence.answers.symbol <= len(stick.label_ids)) & ~evidence.settling
    answers = replace(evidence.answers, person=person.astype(np.int32), n_people=len(users)).where(named)
    shares = agreement.by_person(answers)
    overall = agreement.alpha_interval(answers, seed=project.pk)
    return ProjectAgreement(overall, {int(user): float(share) for user, share in zip(users, shares, strict=True)})
