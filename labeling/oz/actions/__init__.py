"""The only writers of experiments and of everything that happens in them.

Locks, in this order and never the other way: an experiment, shifts, inquiries.
"""

from labeling.oz.actions.answering import answer, pass_on
from labeling.oz.actions.asking import abandon, ask
from labeling.oz.actions.drafting import add_sample, bring_file, draft, drop_variant, seat, unseat, write_variant
from labeling.oz.actions.duty import beat, come_on_duty, leave, take
from labeling.oz.actions.feedback import give_feedback
from labeling.oz.actions.graduating import decide, graduate
from labeling.oz.actions.judging import judge, pairs, show
from labeling.oz.actions.running import end, set_service, start, top_up
from labeling.oz.actions.tending import answered_by_model, tend

__all__ = [
    "abandon", "add_sample", "answer", "answered_by_model", "ask", "beat", "bring_file",
    "come_on_duty", "decide", "draft", "drop_variant", "end", "give_feedback", "graduate", "judge", "leave",
    "pairs", "pass_on", "seat", "set_service", "show", "start", "take", "tend", "top_up", "unseat", "write_variant",
]  # fmt: skip
