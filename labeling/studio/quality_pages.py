"""Agreement and calibration before the owner, and what can be done about what they show."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from labeling.consensus import actions
from labeling.consensus.choice import chosen_items
from labeling.consensus.quality import Calibration, Quality, calibration, quality
from labeling.errors import LabelingError
from labeling.figures.reads import page_figure
from labeling.items.models import Item
from labeling.projects.models import Member, Project, Role
from labeling.projects.reads import former_or_present, project_for
from labeling.studio.reliability import reliability_chart
from ml.truth.bar import LEAST_JUDGED

WRONG_SHOWN = 12


@login_required
def quality_page(request: HttpRequest, slug: str) -> HttpResponse:
    """Do people agree, is what is stated kept, and whose answers should weigh?"""
    project = project_for(request.user, slug, Role.OWNER)
    told, found = judged(project)
    wrong = Item.objects.in_bulk(found.wrong_ids[:WRONG_SHOWN])
    context = {
        "project": project, "quality": told, "calibration": found, "chart": reliability_chart(found.bins),
        "wrong": [wrong[item_id] for item_id in found.wrong_ids[:WRONG_SHOWN]], "kinds": kinds(project),
        "enough": LEAST_JUDGED,
        "judges": [(_("Gold"), found.gold), (_("Disputes that an expert settled"), found.disputes)],
    }  # fmt: skip
    return render(request, "studio/quality.html", context)


def judged(project: Project) -> tuple[Quality, Calibration]:
    """Both; of large projects those of a while ago, with the same people's answers."""
    return QUALITY.of(project)


def _judged(project: Project) -> tuple[Quality, Calibration]:
    return quality(project), calibration(project)


def _out(project: Project) -> str:
    """A mark of whose answers weigh nothing."""
    out = Member.objects.filter(project=project, discounted_at__isnull=False).order_by("pk")
    return hashlib.sha256(repr(list(out.values_list("pk", flat=True))).encode()).hexdigest()


QUALITY = page_figure("quality.judged", _judged, _out)


def kinds(project: Project) -> list[tuple[str, str, int]]:
    """What can be handed out again at once: its name, its words, and how many items that are."""
    words = {"skipped": _("skipped"), "disputed": _("disputed")}
    return [(name, said, len(chosen_items(project, which=name))) for name, said in words.items()]


@login_required
@require_POST
def discount(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Let a person's answers weigh nothing."""
    said = _("The answers of %(name)s weigh nothing now. Nothing was deleted; what rested on them is asked again.")
    return _weigh(request, slug, user_id, actions.discount, said)


@login_required
@require_POST
def restore(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Let a person's answers weigh again."""
    return _weigh(request, slug, user_id, actions.restore, _("The answers of %(name)s weigh again."))


def _weigh(request: HttpRequest, slug: str, user_id: int, act: Callable[..., Member], said: str) -> HttpResponse:
    project = project_for(request.user, slug, Role.OWNER)
    user = former_or_present(project, user_id).user
    act(actor=cast(User, request.user), project=project, user=user)
    messages.success(request, said % {"name": user.get_username()})
    return redirect("quality", slug)


@login_required
@require_POST
def requeue(request: HttpRequest, slug: str) -> HttpResponse:
    """Hand items out again: one item, those of a kind, or those of one person."""
    project = project_for(request.user, slug, Role.OWNER)
    item_id, person = (number(request.POST.get(name, "")) for name in ("item", "person"))
    try:
        chosen = chosen_items(
            project, items=[item_id] if item_id else None, person=person, which=request.POST.get("which")
        )
        done = actions.requeue(actor=cast(User, request.user), project=project, item_ids=chosen)
        said = ngettext("%(n)d item is asked once more.", "%(n)d items are asked once more.", done)
        messages.success(request, said % {"n": done})
    except LabelingError as error:
        messages.error(request, error.reason)
    return redirect("items-history", slug, item_id) if item_id else redirect("quality", slug)


def number(text: str) -> int | None:
    """A row's id as a form sends it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def figures(project: Project) -> dict[str, Any]:
    """The page's figures as plain data; what is not defined is null."""
    told, found = judged(project)
    people = [
        {
            "user_id": row.user_id, "name": row.name, "discounted": row.member.discounted_at is not None,
            "answers": row.answers, "items": row.effect, "agreement": row.share, "low": row.low, "high": row.high,
            "kappa": asdict(row.kappa), "accuracy": row.accuracy,
        }
        for row in told.people
    ]  # fmt: skip
    pairs = [{"first": row.first, "second": row.second, **asdict(row.kappa)} for row in told.pairs]
    return {
        "alpha": asdict(told.alpha), "classes": [asdict(row) for row in told.classes], "people": people,
        "pairs": pairs, "reliability": [asdict(row) for row in found.bins],
        "stated_precision": found.stated, "verified": found.verified, "judged": asdict(found.judged),
        "gold": asdict(found.gold), "disputes": asdict(found.disputes), "agreement": asdict(found.agreement),
        "verified_from": found.ceiling.bar, "reserve": found.reserve, "overclaim": found.overclaim,
        "known": found.known,
    }  # fmt: skip
