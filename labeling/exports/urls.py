"""Addresses of the exports."""

from django.urls import URLPattern, path

from labeling.exports.api import ExportView

page_patterns: list[URLPattern] = []

api_patterns = [
    path("projects/<slug:slug>/export/<str:name>", ExportView.as_view(), name="export"),
]
