"""From which posterior on a project's labels are verified, worked out in the full pass."""

import numpy as np
from numpy.typing import NDArray

from labeling.consensus.evidence import Told, Yardstick
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.models import Fit as FitRow
from labeling.consensus.whole import columns, places
from labeling.projects.models import Project
from ml.truth.bar import Judgement, bar, stopped
from ml.truth.hearing import Hearing
from ml.truth.leaving import folds_of
from ml.truth.noise import Fit
from ml.truth.posterior import posteriors


def promised(project: Project, stick: Yardstick, told: Told, said: Hearing, fit: Fit) -> tuple[float, Judgement]:
    """The bar under this fit, and how posteriors were judged; labels that experts or gold settled lend nothing."""
    before = _before(project)
    judged = judgement(project, told, said, fit, project.target if before is None else before)
    folds = folds_of(np.array(told.item_ids, np.int64))
    chance = posteriors(fit, said.answers, said.classifier, imported=said.imported, folds=folds)
    of_people = (told.counted > 0) & ~np.isin(told.item_ids, list(told.settled))
    held = _held(project, stick, told.item_ids) == chance.argmax(axis=1)
    found = bar(
        chance[of_people].max(axis=1), held[of_people], target=project.target, floor=project.label_floor, judged=judged,
        before=before,
    )  # fmt: skip
    return found, judged


def judgement(project: Project, told: Told, said: Hearing, fit: Fit, start: float) -> Judgement:
    """What the owner's gold says of the labels that people's first answers would have got.

    What experts settled judges nothing: it was chosen because later answers differed, so that what the first ones
    said of it is wrong more often than of other items. Nor does gold from consensus, chosen for agreement.
    """
    chosen = said.gold >= 0
    part = said.of_items(chosen)
    folds = folds_of(np.array(told.item_ids, np.int64)[chosen])
    chance = stopped(
        fit, part.answers, part.classifier, bar=start, limit=project.answer_limit, imported=part.imported, folds=folds
    )
    passed = ~np.isnan(chance[:, 0])
    right = chance[passed].argmax(axis=1) == part.gold[passed]
    return Judgement.of(chance[passed].max(axis=1, initial=0.0), right.astype(np.float64))


def _before(project: Project) -> float | None:
    """The bar of the last full pass, where it was for the same target and floor."""
    last = FitRow.objects.filter(project=project).order_by("-number").only("bar", "target", "floor").first()
    return last.bar if last and (last.target, last.floor) == (project.target, project.label_floor) else None


def _held(project: Project, stick: Yardstick, item_ids: list[int]) -> NDArray[np.int64]:
    """The label that people's answers have verified each item as, as an index (N,), -1 where there is none."""
    rows = Consensus.objects.filter(project=project, verdict=Verdict.VERIFIED, by_expert=False, auto=False)
    item, label = columns(rows, ("pk", "label_id"), "pk")
    held, place = np.full(len(item_ids), -1), places(item, item_ids)
    held[place[place >= 0]] = places(label, stick.label_ids)[place >= 0]
    return held
