"""A version's examples as a piece of a page, for those that fetch it later."""

from django.template.loader import render_to_string

from labeling.guidelines.models import GuidelineVersion
from labeling.guidelines.reads import shown_examples
from labeling.projects.models import Project


def examples_html(project: Project, version: GuidelineVersion) -> str:
    """By class, what belongs and what does not; empty where there are none."""
    shown = shown_examples(project, version.example_ids)
    return render_to_string("guidelines/examples.html", {"project": project, "examples": shown}) if shown else ""
