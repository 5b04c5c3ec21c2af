"""Addresses of the overview, hours and histories."""

from django.urls import URLPattern, URLResolver, path

from labeling.studio import api, pages

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/", pages.overview_page, name="overview"),
    path("p/<slug:slug>/hours", pages.hours_page, name="hours"),
    path("p/<slug:slug>/items/<int:item_id>/history", pages.history_page, name="items-history"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/overview", api.OverviewView.as_view()),
    path("projects/<slug:slug>/hours", api.HoursView.as_view()),
]
