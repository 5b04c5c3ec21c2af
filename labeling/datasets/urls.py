"""Addresses of the snapshots."""

from django.urls import URLPattern, URLResolver, path

from labeling.datasets.api import SnapshotsView

page_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/snapshots", SnapshotsView.as_view(), name="api-snapshots"),
]
