"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.guidelines import pages

page_patterns: list[URLPattern | URLResolver] = [
    path("projects/new", pages.new_project, name="project-new"),
    path("p/<slug:slug>/guideline", pages.guideline, name="guideline"),
    path("p/<slug:slug>/guideline/edit", pages.edit, name="guideline-edit"),
    path("p/<slug:slug>/guideline/versions", pages.versions, name="guideline-versions"),
    path("p/<slug:slug>/guideline/versions/<int:number>", pages.version, name="guideline-version"),
]
api_patterns: list[URLPattern | URLResolver] = []
