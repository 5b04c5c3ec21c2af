"""Who works in a project now, and which items wait for somebody who cannot come, or for an expert though somebody can.

At work is every annotator who is a member, not paused and not discounted: what a discounted one says weighs nothing,
and a paused one gets nothing. Newcomers and those in the quiz are: they are soon let in, or paused. Owners and experts
are not: they come beside the crew, and answer what it cannot.
"""

from labeling.consensus.models import Crew
from labeling.consensus.verdicts import AUDIT_ANSWERS
from labeling.projects.models import Project
from labeling.statements import rows

CREW = """
SELECT coalesce(array_agg(m.user_id ORDER BY m.user_id), '{}') FROM labeling_member m
WHERE m.project_id = %(project)s::bigint AND m.removed_at IS NULL AND m.discounted_at IS NULL
  AND m.role = 'annotator' AND NOT EXISTS (
    SELECT 1 FROM labeling_clearance c
    WHERE c.project_id = m.project_id AND c.user_id = m.user_id AND c.state = 'paused')
"""

# Items that an expert is to answer, and those that somebody has had and few others can: what is wanted of all others
# does not hang on who is here. Whoever holds an item now may still answer it.
ASTRAY = f"""
WITH crew AS MATERIALIZED (SELECT ({CREW}) AS ids)
SELECT item_id FROM labeling_queueentry
WHERE project_id = %(project)s::bigint AND audience = 'expert' AND wanted > 0
UNION
SELECT l.item_id FROM labeling_lease l JOIN labeling_queueentry q ON q.item_id = l.item_id
WHERE l.project_id = %(project)s::bigint AND l.state IN ('answered', 'skipped')
  AND q.audience = 'anyone' AND q.wanted > 0
GROUP BY l.item_id
HAVING (SELECT cardinality(ids) FROM crew)
    - count(*) FILTER (WHERE l.user_id = ANY((SELECT ids FROM crew)::int[])) < %(few)s::int
ORDER BY item_id
"""


def crew(project: Project) -> list[int]:
    """The users at work, in order."""
    return list(rows(CREW, {"project": project.pk})[0][0])


def crew_changed(project: Project, now: list[int]) -> bool:
    """Whether other people are at work than when the queue was last put right."""
    return not Crew.objects.filter(project=project, user_ids=now).exists()


def astray(project: Project) -> list[int]:
    """The items whose next answer may be wanted of somebody else since people came or went."""
    few = max(project.heldout_answers, AUDIT_ANSWERS)
    return [item_id for (item_id,) in rows(ASTRAY, {"project": project.pk, "few": few})]
