"""Whether a caller may come in: who answers, whether anybody is there and how many wait, by one statement."""

from dataclasses import dataclass
from typing import Any

from labeling.errors import Conflict, LabelingError, Unavailable
from labeling.oz.models import Service, Source
from labeling.oz.reads import SILENT_SECONDS
from labeling.projects.models import Project
from labeling.statements import rows

RETRY_AFTER = 5  # seconds, told to callers who find the queue full
FIELDS = ("source", "threshold", "patience", "lasting", "open_limit")

# Who hung up waits no more: only those who are still there, or told where to ask again, are counted.
STANDS = """
SELECT e.id,
  EXISTS (SELECT FROM labeling_shift h WHERE h.experiment_id = e.id AND h.ended_at IS NULL
          AND h.seen_at >= statement_timestamp() - make_interval(secs => %(silent)s)),
  EXISTS (SELECT FROM labeling_modelversion m WHERE m.project_id = p.id AND m.state = 'promoted'),
  (SELECT count(*) FROM labeling_inquiry q WHERE q.project_id = p.id AND q.state IN ('thinking', 'waiting', 'leased')
   AND q.caller_id IS NOT NULL AND q.abandoned_at IS NULL AND q.expires_at > statement_timestamp()),
  s.source, s.threshold, s.patience, s.lasting, s.open_limit
FROM (SELECT %(project)s::bigint AS id) p
LEFT JOIN labeling_service s ON s.project_id = p.id
LEFT JOIN labeling_experiment e ON e.project_id = p.id AND e.state = 'running'
"""


class Busy(LabelingError):
    """As many callers wait as may; nothing was taken in."""

    status = 429

    def problem(self) -> dict[str, Any]:
        """With the seconds after which another try makes sense."""
        return {**super().problem(), "retry_after": RETRY_AFTER}


class NobodyOnDuty(Unavailable):
    """People stand in for the model, and none of them is there."""


@dataclass(frozen=True)
class Door:
    """How a project's service stands."""

    service: Service
    experiment: int | None  # the one that runs, where people may answer
    staffed: bool
    model: bool
    waiting: int

    def check(self) -> None:
        """Refuse whom nobody could answer, or for whom there is no room."""
        source = self.service.source
        if source != Source.WIZARD and not self.model:
            raise Conflict("No model is promoted yet: let people answer first.", field="project")
        if source != Source.MODEL and self.experiment is None:
            raise Conflict("No experiment is running, so nobody answers.", field="project")
        if source == Source.WIZARD and not self.staffed:
            raise NobodyOnDuty("Nobody is on duty now. Nothing was taken in; try again later.", field="project")
        if self.waiting >= self.service.open_limit:
            limit = self.service.open_limit
            raise Busy(f"{limit} requests wait already. Nothing was taken in; try again later.")


def door(project: Project) -> Door:
    """How it stands at this moment, also within a transaction that waited for others."""
    [(experiment, staffed, model, waiting, *values)] = rows(STANDS, {"project": project.pk, "silent": SILENT_SECONDS})
    given = {name: value for name, value in zip(FIELDS, values, strict=True) if value is not None}
    service = Service(project=project, **given)
    return Door(service, None if service.source == Source.MODEL else experiment, staffed, model, waiting)
