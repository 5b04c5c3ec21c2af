"""The ways through a project, shown beside every page of it."""

from typing import Any, NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from labeling.assignments.reads import disputed
from labeling.projects.models import Project, Role
from labeling.projects.reads import INCLUDES, role_in
from labeling.reports.reads import unanswered

register = template.Library()


class Way(NamedTuple):
    """A link of the rail: the name of its address, its word, and the least role that goes there."""

    address: str
    word: str
    role: Role


def ways() -> list[Way]:
    """Top to bottom, in the reader's language."""
    return [
        Way("label", _("Label"), Role.ANNOTATOR),
        Way("review", _("Review"), Role.EXPERT),
        Way("overview", _("Overview"), Role.OWNER),
        Way("items", _("Items"), Role.OWNER),
        Way("guideline", _("Guideline"), Role.ANNOTATOR),
        Way("questions", _("Questions"), Role.ANNOTATOR),
        Way("people", _("People"), Role.OWNER),
        Way("quality", _("Quality"), Role.OWNER),
        Way("anchoring", _("Anchoring"), Role.OWNER),
        Way("early", _("Finish early"), Role.OWNER),
        Way("gold", _("Gold"), Role.EXPERT),
        Way("rules", _("Rules"), Role.OWNER),
        Way("audience", _("Audience"), Role.OWNER),
        Way("panel", _("Panel"), Role.EXPERT),
        Way("hours", _("Hours"), Role.OWNER),
        Way("model", _("Model"), Role.OWNER),
        Way("experiments", _("Experiments"), Role.ANNOTATOR),
        Way("exports", _("Export"), Role.OWNER),
        Way("settings", _("Settings"), Role.OWNER),
    ]


@register.simple_tag(takes_context=True)
def rail(context: dict[str, Any], project: Project) -> list[dict[str, Any]]:
    """The links that exist and that this person may follow; `here` marks the page's own.

    A page whose address is named `items-upload` stands under `items`.
    """
    request = context["request"]
    may = INCLUDES.get(role_in(request.user, project), set())
    match = request.resolver_match
    here = match.url_name.split("-")[0] if match and match.url_name else ""
    return [
        {
            "href": address, "word": way.word, "here": way.address == here, "first": way.address == "label",
            "count": _count(way.address, project, Role.OWNER in may),
        }
        for way in ways()
        if way.role in may and (address := _address(way.address, project))
    ]


def _count(address: str, project: Project, owner: bool) -> int:
    """How many things wait there for this person."""
    if address == "review":
        return disputed(project)
    return unanswered(project) if owner and address == "questions" else 0


def _address(name: str, project: Project) -> str:
    """Empty where the room has no page yet."""
    try:
        return reverse(name, args=[project.slug])
    except NoReverseMatch:
        return ""
