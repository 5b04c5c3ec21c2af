"""Numbers as people read them."""

from django import template
from django.utils.formats import localize

register = template.Library()

CLOSE = "\N{NO-BREAK SPACE}"  # before a sign, which never stands alone at the start of a line


@register.filter
def percent(value: float | None) -> str:
    """A share as 83.2 %, in the reader's locale; empty for nothing."""
    return "" if value is None else f"{localize(round(100 * value, 1))}{CLOSE}%"


@register.filter
def seconds(milliseconds: int) -> str:
    """Milliseconds as seconds with one decimal."""
    return str(localize(round(milliseconds / 1000, 1)))


@register.filter
def unlocalized(value: float) -> str:
    """A number as drawings and attributes want it, whatever the reader's language."""
    return f"{value:g}"
