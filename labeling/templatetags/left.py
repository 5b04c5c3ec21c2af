"""How much there is to do, shown where one chooses what to work on."""

from django import template

from labeling.projects.models import Project
from labeling.work import reads

register = template.Library()


@register.simple_tag
def left(project: Project) -> int:
    """About how many items of the project still want answers."""
    return reads.about_left(project)
