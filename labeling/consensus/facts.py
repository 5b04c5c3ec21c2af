"""All that weighing some items needs to know, in one statement; the rules are those of `evidence`, in SQL."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from labeling.consensus.crew import CREW
from labeling.consensus.evidence import Told, Yardstick, sorted_out
from labeling.consensus.models import AuditState
from labeling.consensus.verdicts import Early
from labeling.guidelines.outdated import outdated_by
from labeling.projects.models import Project
from labeling.statements import array, rows

# The labels that may be true, those that mean 'not sure' (retired ones too), the newest fit, the guideline that holds,
# and who is at work.
SCENE = f"""
SELECT
    (SELECT array_agg(id ORDER BY id) FROM labeling_label
     WHERE project_id = %(project)s::bigint AND retired_at IS NULL AND role <> 'unsure') AS labels,
    (SELECT array_agg(id) FROM labeling_label WHERE project_id = %(project)s::bigint AND role = 'unsure') AS unsure,
    (SELECT id FROM labeling_fit WHERE project_id = %(project)s::bigint ORDER BY number DESC LIMIT 1) AS fit,
    (SELECT id FROM labeling_guidelineversion WHERE project_id = %(project)s::bigint
     ORDER BY number DESC LIMIT 1) AS guideline,
    ({CREW}) AS crew
"""

# `counting` of `evidence`, stale answers too: those that stand, not given in a quiz, of people not discounted.
HEARD = """
SELECT a.id, a.item_id, a.user_id, a.label_id, a.rejected_id, s.label_id AS suggested, p.label_id AS supposed,
    l.settles, a.stored_at, a.guideline_version_id
FROM labeling_annotation a
JOIN labeling_lease l ON l.id = a.lease_id
LEFT JOIN labeling_suggestion s ON s.id = a.suggestion_id
LEFT JOIN labeling_supposedlabel p ON p.id = a.supposed_id
WHERE a.item_id = i.id
  AND NOT EXISTS (SELECT 1 FROM labeling_retraction r WHERE r.annotation_id = a.id)
  AND NOT EXISTS (SELECT 1 FROM labeling_member m WHERE m.project_id = a.project_id AND m.user_id = a.user_id
                  AND m.discounted_at IS NOT NULL)
  AND NOT l.quiz
"""

# Who has had an item: how many of those at work, who are not asked again, and how many passed over it.
HAD = """
SELECT count(*) FILTER (WHERE l.user_id = ANY(scene.crew)) AS crew, count(*) FILTER (WHERE l.state = 'skipped') AS skips
FROM labeling_lease l WHERE l.item_id = i.id AND l.state IN ('answered', 'skipped')
"""

# A row an answer, or one with none. Of a held-out item neither the model nor the label that it came with is heard.
GATHER = f"""
SELECT scene.labels, scene.unsure, scene.fit, scene.guideline,
    heard.item_id, heard.user_id, heard.label_id, heard.rejected_id, heard.suggested, heard.supposed, heard.settles,
    heard.stored_at, heard.guideline_version_id,
    i.id, i.heldout, q.wanted_again_at, g.label_id, p.label_id, v.label_ids, s.probabilities, c.item_id IS NOT NULL,
    CASE WHEN c.verdict = 'verified' AND NOT c.by_expert AND NOT c.auto THEN c.label_id END,
    cardinality(scene.crew) - had.crew, had.skips, e.label_id, e.answers, e.place, u.drawn, u.state
FROM ({SCENE}) AS scene CROSS JOIN labeling_item i
LEFT JOIN LATERAL ({HEARD}) AS heard ON true
CROSS JOIN LATERAL ({HAD}) AS had
LEFT JOIN labeling_queueentry q ON q.item_id = i.id
LEFT JOIN labeling_gold g ON g.item_id = i.id AND g.retired_at IS NULL
LEFT JOIN labeling_consensus c ON c.item_id = i.id
LEFT JOIN labeling_earlylabel e ON e.item_id = i.id AND NOT i.heldout
LEFT JOIN labeling_earlyaudit u ON u.id = e.audit_id
LEFT JOIN labeling_modelversion v
    ON v.project_id = %(project)s::bigint AND v.state = 'promoted' AND %(model_helps)s::boolean AND NOT i.heldout
LEFT JOIN labeling_suggestion s ON s.item_id = i.id AND s.model_version_id = v.id
LEFT JOIN LATERAL (
    SELECT x.label_id FROM labeling_supposedlabel x WHERE x.item_id = i.id AND NOT i.heldout ORDER BY x.id DESC LIMIT 1
) AS p ON true
WHERE i.id = ANY(%(items)s::bigint[])
ORDER BY heard.id
"""
OF_SCENE, OF_ANSWER = 4, 9  # columns
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Scene:
    """The project as it is now."""

    label_ids: tuple[int, ...]
    unsure: frozenset[int]
    fit_id: int | None
    guideline_id: int | None


@dataclass(frozen=True)
class Audited:
    """An item's place in an audited set."""

    label_id: int
    answers: int  # that it had when the set was frozen
    place: int
    drawn: int
    state: str

    def early(self, answers: int, label_ids: Sequence[int]) -> Early | None:
        """Where it stands now: nowhere, once more was said of it than the audit knew."""
        if self.label_id not in label_ids:
            return None
        sampled = self.place < self.drawn
        if self.state == AuditState.RUNNING and sampled:
            return Early.SAMPLED
        if answers > self.answers:
            return None
        if self.state == AuditState.RUNNING:
            return Early.HELD
        return Early.FINISHED if self.state == AuditState.PASSED and not sampled else None


@dataclass(frozen=True)
class Facts:
    """What is known of some items besides people's answers."""

    heldout: dict[int, bool]
    again: dict[int, datetime]  # when the owner wanted another answer
    gold: dict[int, int]
    imported: dict[int, int]
    model: dict[int, tuple[Sequence[int], Sequence[float]]]
    weighed: set[int]  # those with a posterior already
    held: dict[int, int]  # those that people's answers have verified, and as what
    still: dict[int, int]  # annotators at work who have neither answered it nor passed over it
    skips: dict[int, int]  # people who passed over it
    audited: dict[int, Audited]


def gather(project: Project, item_ids: Sequence[int]) -> tuple[Scene, Facts, list[Row]]:
    """The project as it is now, what is known of these items (one at least), and what was said of them."""
    values = {"project": project.pk, "model_helps": project.model_helps, "items": array(item_ids)}
    found = rows(GATHER, values)
    labels, unsure, fit_id, guideline_id = found[0][:OF_SCENE]
    now = Scene(tuple(labels or ()), frozenset(unsure or ()), fit_id, guideline_id)
    answers = [row[OF_SCENE : OF_SCENE + OF_ANSWER] for row in found]
    facts = _facts(row[OF_SCENE + OF_ANSWER :] for row in found)
    return now, facts, [answer for answer in answers if answer[0] is not None]


def _facts(rows: Iterable[Row]) -> Facts:
    found = Facts({}, {}, {}, {}, {}, set(), {}, {}, {}, {})
    for item_id, heldout, again, gold, imported, labels, probabilities, weighed, held, still, skips, *early in rows:
        found.heldout[item_id], found.still[item_id], found.skips[item_id] = heldout, still, skips
        if again is not None:
            found.again[item_id] = again
        if gold is not None:
            found.gold[item_id] = gold
        if imported is not None:
            found.imported[item_id] = imported
        if probabilities is not None:
            found.model[item_id] = (labels, probabilities)
        if weighed:
            found.weighed.add(item_id)
        if held is not None:
            found.held[item_id] = held
        if early[0] is not None:
            found.audited[item_id] = Audited(*early)
    return found


def heard(
    stick: Yardstick, item_ids: Sequence[int], known: Facts, now: Scene, found: Sequence[Row]
) -> tuple[Told, Told]:
    """The answers that count to these items, and the same with those that are out of date."""
    versions = outdated_by(now.guideline_id)
    fresh = [row for row in found if not _stale(row, versions)] if versions else found
    told = sorted_out(stick, list(item_ids), (row[:-1] for row in fresh), known.gold, now.unsure)
    if len(fresh) == len(found):
        return told, told
    return told, sorted_out(stick, list(item_ids), (row[:-1] for row in found), known.gold, now.unsure)


def _stale(row: Row, versions: Mapping[int, frozenset[int] | None]) -> bool:
    """Whether the answer was given under one of these versions and says, or rejects, a label that changed since."""
    if row[-1] not in versions:
        return False
    labels = versions[row[-1]]
    return labels is None or row[2] in labels or row[3] in labels
