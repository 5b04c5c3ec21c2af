"""Addresses of the labeling page and its API."""

from django.urls import URLPattern, path

from labeling.work import api, gold_api, pages, review_api

page_patterns: list[URLPattern] = [
    path("p/<slug:slug>/label", pages.label, name="label"),
    path("p/<slug:slug>/review", pages.review, name="review"),
]

api_patterns = [
    path("projects/<slug:slug>/work", api.WorkView.as_view()),
    path("projects/<slug:slug>/claim", api.ClaimView.as_view()),
    path("projects/<slug:slug>/submit", api.SubmitView.as_view()),
    path("projects/<slug:slug>/undo", api.UndoView.as_view()),
    path("projects/<slug:slug>/skip", api.SkipView.as_view()),
    path("projects/<slug:slug>/release", api.ReleaseView.as_view()),
    path("projects/<slug:slug>/heartbeat", api.HeartbeatView.as_view()),
    path("projects/<slug:slug>/review", review_api.ReviewView.as_view()),
    path("projects/<slug:slug>/gold", gold_api.GoldsView.as_view()),
    path("projects/<slug:slug>/gold/<int:gold_id>", gold_api.GoldView.as_view()),
]
