"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.guidelines import api, draft_pages, example_pages, pages

page_patterns: list[URLPattern | URLResolver] = [
    path("projects/new", pages.new_project, name="project-new"),
    path("p/<slug:slug>/guideline", pages.guideline, name="guideline"),
    path("p/<slug:slug>/guideline/edit", draft_pages.edit, name="guideline-edit"),
    path("p/<slug:slug>/guideline/preview", draft_pages.preview, name="guideline-preview"),
    path("p/<slug:slug>/guideline/discard", draft_pages.discard, name="guideline-discard"),
    path("p/<slug:slug>/guideline/examples", example_pages.examples, name="guideline-examples"),
    path("p/<slug:slug>/guideline/examples/<int:pk>/remove", example_pages.remove, name="guideline-example-remove"),
    path("p/<slug:slug>/guideline/versions", pages.versions, name="guideline-versions"),
    path("p/<slug:slug>/guideline/versions/<int:number>", pages.version, name="guideline-version"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects", api.ProjectsView.as_view()),
    path("projects/<slug:slug>/guideline", api.VersionsView.as_view()),
    path("projects/<slug:slug>/guideline/draft", api.DraftView.as_view()),
    path("projects/<slug:slug>/guideline/examples", api.ExamplesView.as_view()),
    path("projects/<slug:slug>/guideline/<int:number>", api.VersionView.as_view()),
]
