"""How much there is to do, shown where one chooses what to work on."""

from django import template

from labeling.projects.models import Project
from labeling.work import reads

register = template.Library()


@register.simple_tag
def left(project: Project) -> int:
    """Items of the project that still want answers, a few seconds old at most."""
    return reads.left(project)
