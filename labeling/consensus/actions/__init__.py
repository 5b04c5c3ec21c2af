"""The only writers of fits and posteriors."""

from labeling.consensus.actions.discount import discount, restore
from labeling.consensus.actions.early import set_early, tend_early
from labeling.consensus.actions.redirecting import redirect
from labeling.consensus.actions.refit import refit, refit_if_ripe
from labeling.consensus.actions.renewing import free_late, renew
from labeling.consensus.actions.requeue import requeue
from labeling.consensus.actions.weigh import weigh

__all__ = [
    "discount", "free_late", "redirect", "refit", "refit_if_ripe", "renew", "requeue", "restore", "set_early",
    "tend_early", "weigh",
]  # fmt: skip
