"""The only writers of the queue and its leases.

Locks, in this order and never the other way: a person's advisory lock, leases by item, queue entries by item.
"""

from labeling.assignments.actions.admission import admit_ready
from labeling.assignments.actions.claim import claim
from labeling.assignments.actions.clearing import begin, lift, pass_quiz, pause, repeat_quiz
from labeling.assignments.actions.closing import (
    Kept,
    close,
    expire,
    free,
    heartbeat,
    outdate,
    reinstate,
    release,
    reopen,
)
from labeling.assignments.actions.gold import make_gold, retire_gold, set_trust
from labeling.assignments.actions.order import Want, ask_blind, lock, set_priorities, want, want_again
from labeling.assignments.actions.outside import Outside, answered_outside
from labeling.assignments.actions.racing import anew_if_overtaken
from labeling.assignments.actions.recorded import hand_out
from labeling.assignments.actions.review import claim_disputed
from labeling.assignments.actions.showing import set_showing

__all__ = [
    "Kept", "Outside", "Want", "admit_ready", "anew_if_overtaken", "answered_outside", "ask_blind", "begin", "claim",
    "claim_disputed", "close", "expire", "free", "hand_out", "heartbeat", "lift", "lock", "make_gold", "outdate",
    "pass_quiz", "pause", "reinstate", "release", "reopen", "repeat_quiz", "retire_gold", "set_priorities",
    "set_showing", "set_trust", "want", "want_again",
]  # fmt: skip
