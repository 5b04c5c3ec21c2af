"""Addresses of the exports."""

from django.urls import URLPattern, URLResolver, path

from labeling.exports import pages
from labeling.exports.api import ExportView

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/export", pages.exports, name="exports"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/export/<str:name>", ExportView.as_view(), name="export-file"),
]
