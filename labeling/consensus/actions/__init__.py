"""The only writers of fits and posteriors."""

from labeling.consensus.actions.discount import discount, restore
from labeling.consensus.actions.refit import refit, refit_if_ripe
from labeling.consensus.actions.requeue import requeue
from labeling.consensus.actions.weigh import weigh

__all__ = ["discount", "refit", "refit_if_ripe", "requeue", "restore", "weigh"]
