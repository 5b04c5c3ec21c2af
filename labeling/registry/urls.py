"""Addresses of the models."""

from django.urls import URLPattern, URLResolver, path

from labeling.registry import api

page_patterns: list[URLPattern | URLResolver] = []
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/models", api.ModelsView.as_view(), name="api-models"),
    path("projects/<slug:slug>/models/roll-back", api.RollBackView.as_view(), name="api-roll-back"),
    path("projects/<slug:slug>/models/<int:number>/promote", api.PromoteView.as_view(), name="api-promote"),
]
