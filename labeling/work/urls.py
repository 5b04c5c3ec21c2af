"""Addresses of the labeling page and its API."""

from django.urls import URLPattern, path

from labeling.work import api

page_patterns: list[URLPattern] = []

api_patterns = [
    path("projects/<slug:slug>/work", api.WorkView.as_view()),
    path("projects/<slug:slug>/claim", api.ClaimView.as_view()),
    path("projects/<slug:slug>/submit", api.SubmitView.as_view()),
    path("projects/<slug:slug>/undo", api.UndoView.as_view()),
    path("projects/<slug:slug>/skip", api.SkipView.as_view()),
    path("projects/<slug:slug>/release", api.ReleaseView.as_view()),
    path("projects/<slug:slug>/heartbeat", api.HeartbeatView.as_view()),
]
