"""Why an item is asked now, in sentences."""

from collections.abc import Sequence

import numpy as np
from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.assignments.models import Gold, QueueEntry
from labeling.consensus.evidence import Yardstick, yardstick
from labeling.consensus.models import AuditState, Consensus, EarlyLabel, Verdict
from labeling.projects.models import Project
from labeling.suggestions.models import Suggestion
from labeling.suggestions.reads import current
from ml.truth.stopping import expected_gain


def why(project: Project, item_ids: Sequence[int]) -> dict[int, list[str]]:
    """For each of these items the reasons that hold now, the weightiest first; empty where nobody is asked."""
    stick = yardstick(project)
    weighed = Consensus.objects.filter(pk__in=item_ids).select_related("label").in_bulk()
    gold = set(Gold.objects.filter(item__in=item_ids, retired_at=None).values_list("item_id", flat=True))
    audited = {
        row.item_id: row.place < row.audit.drawn
        for row in EarlyLabel.objects.filter(pk__in=item_ids, audit__state=AuditState.RUNNING).select_related("audit")
    }
    said = current(project, item_ids)
    entries = QueueEntry.objects.filter(pk__in=item_ids).select_related("item")
    return {
        entry.pk: _of(project, stick, entry, weighed.get(entry.pk), said.get(entry.pk), entry.pk in gold, audited)
        for entry in entries
    }


def _of(
    project: Project, stick: Yardstick, entry: QueueEntry, row: Consensus | None, said: Suggestion | None, gold: bool,
    audited: dict[int, bool],
) -> list[str]:
    if gold:
        return [_("It is gold: it comes up now and then to see how well people answer.")]
    if audited.get(entry.pk) is False:
        return [_("Nobody is asked: it waits for the audit of items finished early.")]
    if not entry.wanted:
        return []
    reasons = []
    if entry.wanted_again_at:
        reasons.append(_("The owner wants it asked once more."))
    if audited.get(entry.pk):
        reasons.append(_("It was drawn by chance for the audit of items finished early, and is asked blind."))
    if entry.item.heldout:
        return [*reasons, _("It is held out to judge the model, and wants its fixed number of blind answers.")]
    return [*reasons, *_doubts(project, stick, row, said)]


def _doubts(project: Project, stick: Yardstick, row: Consensus | None, said: Suggestion | None) -> list[str]:
    """What people and the model leave open."""
    if row is None or not row.answers:
        if said is None:
            return [_("Nobody has answered it yet, and no model has an opinion of it.")]
        text = _("Nobody has answered it yet; the model says %(name)s and gives that %(share)s.")
        return [text % {"name": said.label.name, "share": _percent(said.confidence)}]
    text = ngettext(
        "After %(n)s answer %(name)s stands at %(share)s; it is verified from %(bar)s on.",
        "After %(n)s answers %(name)s stands at %(share)s; it is verified from %(bar)s on.", row.answers,
    )  # fmt: skip
    values = {"n": row.answers, "name": row.label.name, "share": _percent(row.confidence)}
    reasons = [text % (values | {"bar": _percent(stick.verified_from(project))})]
    if row.verdict == Verdict.DISPUTED:
        reasons.append(_("More answers of the same people would not settle it: an expert decides."))
    elif len(row.probabilities) == stick.fit.pooled.shape[0]:
        gain = expected_gain(np.array(row.probabilities), stick.fit.pooled)
        text = _("One more answer is expected to make it right in %(gain)s more of the cases.")
        reasons.append(text % {"gain": _percent(gain)})
    return reasons


def _percent(share: float) -> str:
    return f"{localize(round(100 * share, 1))} %"
