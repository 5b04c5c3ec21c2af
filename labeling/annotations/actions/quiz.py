"""The entry quiz, judged as answers come in."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from labeling.annotations.conduct import quiz_answers, said
from labeling.assignments.actions import pass_quiz, pause
from labeling.assignments.models import Clearance, ClearanceState
from labeling.assignments.permits import trust_policy
from labeling.projects.models import Project


@transaction.atomic
def judge_quiz(*, user: User, project: Project) -> Clearance | None:
    """Let somebody in whose last answers reach the mark, or pause them at the limit; None outside a quiz.

    The first answer to a question counts, even when it was taken back.

    Locks the person's clearance, so that of two answers stored at once the later one sees both.
    """
    rows = Clearance.objects.select_for_update(of=("self",), no_key=True)
    clearance = rows.filter(user=user, project=project, state=ClearanceState.QUIZ).first()
    if clearance is None:
        return None
    policy = trust_policy(project)
    told = said(quiz_answers(project, user, clearance.quiz_since), policy.quiz_limit)
    last = [row.right for row in told[: policy.quiz_items]]
    if len(last) == policy.quiz_items and sum(last) >= policy.quiz_mark * len(last):
        return pass_quiz(clearance=clearance)
    if len(told) >= policy.quiz_limit:
        figures = {"right": sum(last), "of": len(last), "mark": round(100 * policy.quiz_mark)}
        reason = _("Of your last %(of)s answers in the entry quiz %(right)s were right; %(mark)s %% are needed.")
        return pause(actor=None, project=project, user=user, reason=reason % figures)
    return clearance
