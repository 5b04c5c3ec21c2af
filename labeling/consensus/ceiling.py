"""How sure answers alone can make anybody, be they ever so many and unanimous: some items look wrong to all."""

from dataclasses import dataclass

import numpy as np

from labeling.assignments.models import Gold, GoldSource
from labeling.consensus.evidence import Yardstick
from labeling.projects.models import Label, Project


@dataclass(frozen=True)
class Ceiling:
    """The class for which answers can say least, the posterior that they can reach, and the one that verifies."""

    label: str
    at: float
    bar: float

    @property
    def suffices(self) -> bool:
        """Whether a label of every class can be verified by answers."""
        return self.at >= self.bar


def ceiling(project: Project, stick: Yardstick) -> Ceiling:
    """By the fit in force, or by what is assumed before there is one."""
    reach = np.diagonal(stick.fit.shared)
    least = int(reach.argmin())
    name = Label.objects.get(pk=stick.label_ids[least]).name
    return Ceiling(name, float(reach[least]), stick.verified_from(project))


def owners_gold(project: Project) -> int:
    """How many known labels tell of errors that everybody shares; what came out of consensus tells nothing of them."""
    return Gold.objects.filter(project=project, retired_at=None, source=GoldSource.OWNER).count()
