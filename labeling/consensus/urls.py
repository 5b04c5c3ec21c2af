"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.consensus import api

api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/requeue", api.RequeueView.as_view(), name="api-requeue"),
    path("projects/<slug:slug>/members/<int:user_id>/discount", api.DiscountView.as_view(), name="api-discount"),
]
