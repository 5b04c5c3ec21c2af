"""The ways through a project, shown beside every page of it."""

from typing import Any, NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from labeling.assignments.reads import COUNTED, disputed
from labeling.oz.reads import takes_part
from labeling.projects.models import Project, Role
from labeling.projects.reads import INCLUDES, role_in
from labeling.reports.reads import unanswered

register = template.Library()
FEW = 8  # links that one sees at a glance: so many need no headings


class Way(NamedTuple):
    """A link of the rail: the name of its address, its word, and the least role that goes there."""

    address: str
    word: str
    role: Role


class Group(NamedTuple):
    """What stands under one heading, folded away unless the page shown is one of it."""

    word: str
    links: list[dict[str, Any]]
    open: bool
    waiting: int


def ways() -> list[tuple[str, list[Way]]]:
    """Top to bottom, by heading, in the reader's language."""
    return [
        ("", [Way("label", _("Label"), Role.ANNOTATOR), Way("overview", _("Overview"), Role.OWNER)]),
        (_("Work"), [
            Way("review", _("Review"), Role.EXPERT),
            Way("guideline", _("Guideline"), Role.ANNOTATOR),
            Way("questions", _("Questions"), Role.ANNOTATOR),
            Way("panel", _("Panel"), Role.EXPERT),
            Way("experiments", _("Experiments"), Role.ANNOTATOR),
        ]),
        (_("Data"), [
            Way("items", _("Items"), Role.OWNER),
            Way("gold", _("Gold"), Role.EXPERT),
            Way("quality", _("Quality"), Role.OWNER),
            Way("exports", _("Export"), Role.OWNER),
        ]),
        (_("Model"), [
            Way("model", _("Models and runs"), Role.OWNER),
            Way("anchoring", _("Anchoring"), Role.OWNER),
            Way("early", _("Finish early"), Role.OWNER),
        ]),
        (_("Project"), [
            Way("people", _("People"), Role.OWNER),
            Way("hours", _("Hours"), Role.OWNER),
            Way("rules", _("Rules"), Role.OWNER),
            Way("audience", _("Audience"), Role.OWNER),
            Way("settings", _("Settings"), Role.OWNER),
        ]),
    ]  # fmt: skip


@register.filter
def many(count: int) -> str:
    """A number that was counted no further than to a limit."""
    return str(count) if count < COUNTED else f"{COUNTED - 1}+"


@register.simple_tag(takes_context=True)
def rail(context: dict[str, Any], project: Project) -> list[Group]:
    """The links that exist and that this person may follow; `here` marks the page's own.

    A page whose address is named `items-upload` stands under `items`.
    """
    request = context["request"]
    may = INCLUDES.get(role_in(request.user, project), set())
    match = request.resolver_match
    here = match.url_name.split("-")[0] if match and match.url_name else ""
    owner = Role.OWNER in may
    groups = [
        (word, [
            {
                "href": address, "word": way.word, "here": way.address == here, "first": way.address == "label",
                "count": _count(way.address, project, owner),
            }
            for way in among
            if way.role in may and (address := _address(way.address, project))
            and (way.address != "experiments" or owner or takes_part(request.user, project))
        ])
        for word, among in ways()
    ]  # fmt: skip
    return _folded(groups)


def _folded(groups: list[tuple[str, list[dict[str, Any]]]]) -> list[Group]:
    """Under headings, or all in one where they are few."""
    everything = [link for _word, links in groups for link in links]
    if len(everything) <= FEW:
        groups = [("", everything)]
    return [
        Group(word, links, any(link["here"] for link in links), sum(link["count"] for link in links))
        for word, links in groups
        if links
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
