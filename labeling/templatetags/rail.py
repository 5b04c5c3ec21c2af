"""The ways through a project, shown beside every page of it."""

from typing import Any, NamedTuple

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from labeling.projects.models import Project, Role
from labeling.projects.reads import role_in

register = template.Library()


class Way(NamedTuple):
    """A link of the rail: the name of its address, its word, and whether only owners go there."""

    address: str
    word: str
    owners: bool


def ways() -> list[Way]:
    """Top to bottom, in the reader's language."""
    return [
        Way("label", _("Label"), False),
        Way("overview", _("Overview"), True),
        Way("items", _("Items"), True),
        Way("guideline", _("Guideline"), False),
        Way("people", _("People"), True),
        Way("hours", _("Hours"), True),
        Way("model", _("Model"), True),
        Way("experiments", _("Experiments"), True),
        Way("exports", _("Export"), True),
        Way("settings", _("Settings"), True),
    ]


@register.simple_tag(takes_context=True)
def rail(context: dict[str, Any], project: Project) -> list[dict[str, Any]]:
    """The links that exist and that this person may follow; `here` marks the page's own.

    A page whose address is named `items-upload` stands under `items`.
    """
    request = context["request"]
    owner = role_in(request.user, project) == Role.OWNER
    match = request.resolver_match
    here = match.url_name.split("-")[0] if match and match.url_name else ""
    return [
        {"href": address, "word": way.word, "here": way.address == here, "first": way.address == "label"}
        for way in ways()
        if (owner or not way.owners) and (address := _address(way.address, project))
    ]


def _address(name: str, project: Project) -> str:
    """Empty where the room has no page yet."""
    try:
        return reverse(name, args=[project.slug])
    except NoReverseMatch:
        return ""
