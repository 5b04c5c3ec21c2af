"""The only writers of runs and of the retrain policy."""

from labeling.training.actions.clear import end, sweep
from labeling.training.actions.execute import execute
from labeling.training.actions.fill import fill, forget
from labeling.training.actions.policy import set_policy
from labeling.training.actions.start import Trigger, cancel, start_run

__all__ = ["Trigger", "cancel", "end", "execute", "fill", "forget", "set_policy", "start_run", "sweep"]
