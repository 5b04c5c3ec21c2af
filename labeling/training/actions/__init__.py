"""The only writers of runs and of the retrain policy.

What trains is imported from `execute` and `fill` themselves: it loads torch, and the web server shall not.
"""

from labeling.training.actions.clear import end, sweep
from labeling.training.actions.policy import set_policy
from labeling.training.actions.start import Trigger, cancel, start_run

__all__ = ["Trigger", "cancel", "end", "set_policy", "start_run", "sweep"]
