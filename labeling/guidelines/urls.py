"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.guidelines import api, pages

page_patterns: list[URLPattern | URLResolver] = [
    path("projects/new", pages.new_project, name="project-new"),
    path("p/<slug:slug>/guideline", pages.guideline, name="guideline"),
    path("p/<slug:slug>/guideline/edit", pages.edit, name="guideline-edit"),
    path("p/<slug:slug>/guideline/versions", pages.versions, name="guideline-versions"),
    path("p/<slug:slug>/guideline/versions/<int:number>", pages.version, name="guideline-version"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects", api.ProjectsView.as_view()),
    path("projects/<slug:slug>/guideline", api.VersionsView.as_view()),
    path("projects/<slug:slug>/guideline/<int:number>", api.VersionView.as_view()),
]
