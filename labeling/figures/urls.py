"""Addresses of the kept figures."""

from django.urls import URLPattern, URLResolver, path

from labeling.figures import pages
from labeling.figures.api import FiguresView

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/figures/<slug:page>/", pages.state, name="figures-state"),
    path("p/<slug:slug>/figures/<slug:page>/want/", pages.want, name="figures-want"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/figures/<slug:page>", FiguresView.as_view()),
]
