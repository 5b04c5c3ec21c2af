"""Turning what was said of items into posteriors and verdicts."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from labeling.assignments.actions import Want, lock, want
from labeling.consensus.evidence import Floats, Told, Yardstick, as_indices, newcomers, over_labels, stick_of
from labeling.consensus.facts import Facts, gather, heard
from labeling.consensus.models import Consensus, Verdict
from labeling.consensus.verdicts import Case, Early, rule
from labeling.projects.models import Project
from labeling.statements import array
from ml.truth.leaving import folds_of
from ml.truth.posterior import posteriors

EXPERT_ACCURACY = 0.98  # an expert's decision as evidence; the verdict follows it whatever the crowd said
TINY = 1e-300  # the smallest probability whose logarithm is taken

# Probabilities come as the text of one array for each item. A label keeps the time at which it was first verified.
WRITE = """
INSERT INTO labeling_consensus (item_id, project_id, fit_id, probabilities, label_id, confidence, answers, verdict,
    by_expert, auto, updated_at, verified_at)
SELECT g.item_id, %(project)s::bigint, %(fit)s::bigint, g.probabilities::float8[], g.label_id, g.confidence, g.answers,
    g.verdict, g.by_expert, g.auto, %(now)s::timestamptz, CASE WHEN g.verdict = 'verified' THEN %(now)s::timestamptz END
FROM unnest(%(item_id)s::bigint[], %(probabilities)s::text[], %(label_id)s::bigint[], %(confidence)s::float8[],
    %(answers)s::int[], %(verdict)s::text[], %(by_expert)s::boolean[],
    %(auto)s::boolean[]) AS g(item_id, probabilities, label_id, confidence, answers, verdict, by_expert, auto)
WHERE {where}
ON CONFLICT (item_id) DO UPDATE SET fit_id = excluded.fit_id, probabilities = excluded.probabilities,
    label_id = excluded.label_id, confidence = excluded.confidence, answers = excluded.answers,
    verdict = excluded.verdict, by_expert = excluded.by_expert, auto = excluded.auto,
    updated_at = excluded.updated_at,
    verified_at = CASE WHEN excluded.verdict = 'verified'
        THEN coalesce(labeling_consensus.verified_at, excluded.verified_at) END
"""
# What a full pass moves by less than anybody sees stays as it is, with the fit that it was worked out by.
MOVED = """
NOT EXISTS (
    SELECT 1 FROM labeling_consensus c JOIN labeling_fit was ON was.id = c.fit_id
    JOIN labeling_fit f ON f.id = %(fit)s::bigint AND f.label_ids = was.label_ids
    WHERE c.item_id = g.item_id
      AND (c.label_id, c.answers, c.verdict, c.by_expert, c.auto)
        = (g.label_id, g.answers, g.verdict, g.by_expert, g.auto)
      AND %(still)s::float8 > (
        SELECT max(abs(old - new)) FROM unnest(c.probabilities, g.probabilities::float8[]) AS t(old, new)
      )
)
"""
ALWAYS, IF_MOVED = (f"weighed AS ({WRITE.replace('{where}', where)})" for where in ("true", MOVED))
STILL = 5e-4  # of a probability: pages show whole per cents
COLUMNS = ("item_id", "label_id", "confidence", "answers", "by_expert", "auto")


@transaction.atomic(savepoint=False)
def weigh(
    *, project: Project, item_ids: Sequence[int], stick: Yardstick | None = None,
    freed: Mapping[int, int] | None = None, moved: bool = False,
) -> list[Consensus]:
    """Work these items' posteriors out anew from their standing answers, and tell the queue what they still want.

    Locks the items' queue entries, so that answers to one item are weighed one after the other. Who stores answers has
    locked them before, and says how many places are `freed`. moved: only posteriors that moved by STILL are written.
    """
    ids = sorted(set(item_ids))
    if not ids:
        return []
    if freed is None:
        lock(item_ids=ids)
    now, known, answers = gather(project, ids)
    stick = stick or stick_of(now.fit_id, now.label_ids)
    evidence, everything = heard(stick, ids, known, now, answers)
    opinion, imported = over_labels(stick, ids, known.model), as_indices(stick, ids, known.imported)
    folds = folds_of(np.array(ids, np.int64))
    probabilities = posteriors(stick.fit, evidence.answers, opinion, imported=imported, folds=folds)
    if project.stale_weight and len(everything.answers) > len(evidence.answers):
        with_stale = posteriors(stick.fit, everything.answers, opinion, imported=imported, folds=folds)
        probabilities = _between(probabilities, with_stale, project.stale_weight)
    kept, wants = _rulings(project, stick, evidence, _decided(probabilities, evidence, stick), known)
    wants = [replace(row, freed=freed.get(row.item_id, 0)) for row in wants] if freed else wants
    _store(project, stick, kept, wants, IF_MOVED if moved else ALWAYS)
    return kept


def _between(fresh: Floats, everything: Floats, weight: float) -> Floats:
    """Posteriors in which each stale answer's evidence (its log-likelihood) counts `weight` of a fresh one's."""
    score = (1 - weight) * np.log(np.maximum(fresh, TINY)) + weight * np.log(np.maximum(everything, TINY))
    shares = np.exp(score - score.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _decided(probabilities: Floats, evidence: Told, stick: Yardstick) -> Floats:
    """The posteriors with experts' decisions as one more witness."""
    slip = (1 - EXPERT_ACCURACY) / (len(stick.label_ids) - 1)
    for row, item_id in enumerate(evidence.item_ids):
        if item_id in evidence.settled:
            witness = np.full(len(stick.label_ids), slip)
            witness[stick.label_ids.index(evidence.settled[item_id])] = EXPERT_ACCURACY
            probabilities[row] *= witness
            probabilities[row] /= probabilities[row].sum()
    return probabilities


def _rulings(
    project: Project, stick: Yardstick, evidence: Told, probabilities: Floats, known: Facts
) -> tuple[list[Consensus], list[Want]]:
    """What is to be kept of each item, and what each still wants."""
    fresh, bar = _by_newcomers(project, evidence), stick.verified_from(project)
    kept, wants = [], []
    for place, item_id in enumerate(evidence.item_ids):
        row = _row(project, stick, evidence, place, probabilities[place])
        audited = known.audited.get(item_id)
        early = audited.early(row.answers, stick.label_ids) if audited else None
        case = Case(
            posterior=probabilities[place], answers=row.answers, newcomers=int(fresh[place]),
            still=known.still[item_id], skips=known.skips[item_id], heldout=known.heldout[item_id],
            settled=row.by_expert,
            again=_again(known.again.get(item_id), evidence.newest.get(item_id)), early=early,
            held=known.held.get(item_id) == row.label_id,
        )  # fmt: skip
        ruling = rule(project, case, pooled=stick.fit.pooled, bar=bar)
        row.verdict = ruling.verdict
        if audited and early == Early.FINISHED and row.verdict == Verdict.VERIFIED and not row.by_expert:
            row.auto, row.label_id = True, audited.label_id
            row.confidence = float(probabilities[place][stick.label_ids.index(audited.label_id)])
        wants.append(Want(item_id, ruling.wanted, ruling.audience))
        if row.answers or row.by_expert or row.auto or item_id in known.weighed:
            kept.append(row)
    return kept, wants


def _store(project: Project, stick: Yardstick, kept: Sequence[Consensus], wants: Sequence[Want], along: str) -> None:
    """Both in one statement."""
    values: dict[str, object] = {name: array(getattr(row, name) for row in kept) for name in COLUMNS}
    values["verdict"] = array(Verdict(row.verdict).value for row in kept)
    values["probabilities"] = array(f'"{array(row.probabilities)}"' for row in kept)
    values |= {"project": project.pk, "fit": stick.row_id, "now": timezone.now(), "still": STILL}
    want(wants=wants, along=along, values=values)


def _by_newcomers(project: Project, evidence: Told) -> NDArray[np.int64]:
    """How many of each item's answers are by people who are new here, (N,)."""
    new = newcomers(project, {int(user) for user in evidence.user_ids})
    theirs = np.isin(evidence.user_ids, list(new))
    return np.bincount(evidence.answers.item[theirs], minlength=len(evidence.item_ids))


def _again(wanted_at: datetime | None, newest: datetime | None) -> bool:
    """Whether the owner's wish is still open: no answer that counts came after it."""
    return wanted_at is not None and (newest is None or newest <= wanted_at)


def _row(project: Project, stick: Yardstick, evidence: Told, place: int, probabilities: Floats) -> Consensus:
    item_id = evidence.item_ids[place]
    best = int(np.argmax(probabilities))
    label_id = evidence.settled.get(item_id, stick.label_ids[best])
    return Consensus(
        item_id=item_id, project_id=project.pk, fit_id=stick.row_id, probabilities=probabilities.tolist(),
        label_id=label_id, confidence=float(probabilities[stick.label_ids.index(label_id)]),
        answers=int(evidence.counted[place]), by_expert=item_id in evidence.settled,
    )  # fmt: skip
