"""Addresses of models and runs."""

from django.urls import URLPattern, URLResolver, path

from labeling.training import api, pages

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/model", pages.model, name="model"),
    path("p/<slug:slug>/model/settings", pages.policy, name="model-settings"),
    path("p/<slug:slug>/model/start", pages.start, name="model-start"),
    path("p/<slug:slug>/model/roll-back", pages.back, name="model-roll-back"),
    path("p/<slug:slug>/model/versions/<int:number>/promote", pages.promote_version, name="model-promote"),
    path("p/<slug:slug>/model/runs/<int:number>", pages.run, name="model-run"),
    path("p/<slug:slug>/model/runs/<int:number>/live", pages.live, name="model-run-live"),
    path("p/<slug:slug>/model/runs/<int:number>/cancel", pages.stop, name="model-run-cancel"),
    path("p/<slug:slug>/model/runs/<int:number>/events", pages.events, name="model-run-events"),
    path("p/<slug:slug>/model/runs/<int:number>/why", pages.why, name="model-run-ask"),
    path("p/<slug:slug>/model/runs/<int:number>/why/<int:item_id>", pages.why_item, name="model-run-why"),
    path("p/<slug:slug>/model/runs/<int:number>/files/<str:kind>/<str:name>", pages.file, name="model-run-file"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/runs", api.RunsView.as_view(), name="api-runs"),
    path("projects/<slug:slug>/runs/<int:number>", api.RunView.as_view(), name="api-run"),
    path("projects/<slug:slug>/runs/<int:number>/cancel", api.CancelView.as_view(), name="api-run-cancel"),
    path("projects/<slug:slug>/retrain-policy", api.PolicyView.as_view(), name="api-retrain-policy"),
]
