"""When a page's figures were counted, said on the page."""

from typing import Any

from django import template

from labeling.figures.reads import counted
from labeling.projects.models import Project, Role
from labeling.projects.reads import role_in

register = template.Library()


@register.inclusion_tag("figures/as_of.html", takes_context=True)
def as_of(context: dict[str, Any], project: Project, page: str, arguments: str = "") -> dict[str, Any]:
    """Nothing where they are counted at each visit; owners may ask for fresh ones."""
    told = counted(project, page, arguments)
    owner = told is not None and role_in(context["user"], project) == Role.OWNER
    return {
        "project": project, "page": page, "counted": told, "owner": owner, "csrf_token": context.get("csrf_token"),
    }  # fmt: skip
