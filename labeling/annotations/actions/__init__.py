"""The only writers of answers, skips and retractions."""

from labeling.annotations.actions.skip import skip
from labeling.annotations.actions.submit import Answer, Result, Status, submit
from labeling.annotations.actions.undo import undo

__all__ = ["Answer", "Result", "Status", "skip", "submit", "undo"]
