"""What is replayed: a project's rules, and how often the model learns."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Policy:
    """The settings of one replay. Answers are counted by item, those to held-out items among them."""

    target: float = 0.95
    floor: float = 0.8  # posterior below which no label is verified, however sure the others are
    limit: int = 5
    heldout_share: float = 0.01
    heldout_answers: int = 3
    margin: float = 0.25  # by how much a new model may look worse on the held-out items: few judge coarsely
    model: bool = True  # whether a model is trained, heard and asked what comes next
    shown: float = 0.0  # share of answers given with a suggestion in view; recorded people saw none
    copying: float = 0.0  # how often it is taken unseen, by people who are played
    until: float = 2.0  # answers an item at which it ends
    step: float = 0.1  # answers an item from one retrain to the next, at first; a project refits more often still
    growth: float = 1.25  # later on, by how much the answers have grown at the next one
    batch: float = 0.05  # answers an item from one ordering of the queue to the next

    def goals(self) -> list[float]:
        """Answers an item at which the model learns."""
        found = [min(self.step, self.until)]
        while found[-1] < self.until:
            following = max(found[-1] + self.step, found[-1] * self.growth)
            found.append(following if following <= self.until - self.step / 2 else self.until)
        return found


@dataclass(frozen=True)
class Job:
    """One seed of a replay, as it is handed to the process that plays it."""

    answers: str
    truth: str | None
    files: str | None
    features: str | None  # .npz with known vectors, filled up by the replay
    policy: Policy
    seed: int
    prepare: bool  # bring in the items and end; else play
    out: str  # where the points are written to

    def save(self, path: Path) -> Path:
        """Write it down."""
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")
        return path

    @classmethod
    def load(cls, path: Path) -> "Job":
        """The job that `save` wrote."""
        values = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**values, "policy": Policy(**values["policy"])})
