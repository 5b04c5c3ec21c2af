"""The only writers of the queue and its leases.

Locks, in this order and never the other way: a person's advisory lock, leases by item, queue entries by item.
"""

from labeling.assignments.actions.admission import admit_ready
from labeling.assignments.actions.claim import claim
from labeling.assignments.actions.closing import close, expire, heartbeat, release, reopen
from labeling.assignments.actions.order import Want, lock, set_priorities, want

__all__ = [
    "Want", "admit_ready", "claim", "close", "expire", "heartbeat", "lock", "release", "reopen", "set_priorities",
    "want",
]  # fmt: skip
