"""The only writers of answers, skips and retractions, and of what rules about people found."""

from labeling.annotations.actions.bringing import Brought, bring_in
from labeling.annotations.actions.quiz import judge_quiz
from labeling.annotations.actions.recorded import submit_recorded
from labeling.annotations.actions.rules import begin_rules, judge, remove_rule, set_rule
from labeling.annotations.actions.skip import skip
from labeling.annotations.actions.submit import Answer, Receipt, Result, Status, submit
from labeling.annotations.actions.undo import undo

__all__ = [
    "Answer", "Brought", "Receipt", "Result", "Status", "begin_rules", "bring_in", "judge", "judge_quiz", "remove_rule",
    "set_rule", "skip", "submit", "submit_recorded", "undo",
]  # fmt: skip
