"""The only writers of fits and posteriors."""

from labeling.consensus.actions.refit import refit, refit_if_ripe
from labeling.consensus.actions.weigh import weigh

__all__ = ["refit", "refit_if_ripe", "weigh"]
