"""An input where it is looked at."""

from typing import Any

from django import template
from django.urls import reverse

from labeling.oz.models import Input

register = template.Library()


@register.inclusion_tag("oz/media.html", takes_context=True)
def input_media(context: dict[str, Any], one: Input) -> dict[str, Any]:
    """The picture, or the sound with its controls."""
    return {"input": one, "address": reverse("api-input", args=[context["project"].slug, one.pk])}
