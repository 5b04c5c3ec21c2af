"""What an owner should do next: one step, the first that applies."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.assignments.reads import COUNTED, disputed
from labeling.consensus.ceiling import Ceiling, ceiling, owners_gold
from labeling.consensus.evidence import yardstick
from labeling.projects.models import Project, Role
from labeling.studio.reads import Overview
from ml.compare import percent
from ml.truth.bar import LEAST_JUDGED


@dataclass(frozen=True)
class Step:
    """A sentence, and a button that leads there."""

    why: str
    button: str
    href: str


def next_step(project: Project, seen: Overview) -> Step:
    """The first of: bring items, invite people, mark gold, settle disputes, label, train a model, export."""
    def step(why: str, button: str, address: str) -> Step:
        return Step(why, button, reverse(address, args=[project.slug]))

    if not seen.progress.items:
        return step(_("Nothing to label yet: bring pictures or sounds in."), _("Add items"), "items-upload")
    if not project.members.filter(removed_at=None, role=Role.ANNOTATOR).exists():
        return step(_("Nobody is here to answer yet."), _("Invite people"), "people")
    lack = _lacks_gold(project, seen)
    if lack:
        why = _(
            "For %(label)s, answers alone can state at most %(most)s, and labels are verified from %(bar)s on. "
            "Mark some items as gold, at random, %(n)d or more: they tell how often people agree on a mistake."
        )
        told = {"label": lack.label, "most": percent(lack.at), "bar": percent(lack.bar), "n": LEAST_JUDGED}
        return step(why % told, _("Mark gold"), "gold-draw")
    undecided = disputed(project)
    if undecided >= COUNTED:
        return step(_("%(n)d items or more wait for your decision.") % {"n": COUNTED}, _("Decide"), "review")
    if undecided:
        why = ngettext("%(n)d item waits for your decision.", "%(n)d items wait for your decision.", undecided)
        return step(why % {"n": undecided}, _("Decide"), "review")
    if project.model_helps and seen.progress.verified and not seen.models:
        return step(_("There are verified labels, and no model has learnt from them yet."), _("Train a model"), "model")
    if seen.progress.left:
        why = ngettext("%(n)d item still wants an answer.", "%(n)d items still want an answer.", seen.progress.left)
        return step(why % {"n": seen.progress.left}, _("Label"), "label")
    return step(_("Every item has its verdict."), _("Export"), "exports")


def _lacks_gold(project: Project, seen: Overview) -> Ceiling | None:
    """What holds labels back where only known ones could lift it, and there are items enough to be known."""
    stick = yardstick(project)
    if stick.row_id is None or not seen.progress.left or seen.progress.items < LEAST_JUDGED:
        return None
    limit = ceiling(project, stick)
    return None if limit.suffices or owners_gold(project) >= LEAST_JUDGED else limit
