"""Addresses of the overview, hours and histories."""

from django.urls import URLPattern, URLResolver, path

from labeling.studio import anchoring_pages, api, early_pages, pages, quality_api, quality_pages

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/", pages.overview_page, name="overview"),
    path("p/<slug:slug>/hours", pages.hours_page, name="hours"),
    path("p/<slug:slug>/quality", quality_pages.quality_page, name="quality"),
    path("p/<slug:slug>/quality/requeue", quality_pages.requeue, name="quality-requeue"),
    path("p/<slug:slug>/quality/<int:user_id>/discount", quality_pages.discount, name="quality-discount"),
    path("p/<slug:slug>/quality/<int:user_id>/restore", quality_pages.restore, name="quality-restore"),
    path("p/<slug:slug>/early", early_pages.early_page, name="early"),
    path("p/<slug:slug>/anchoring", anchoring_pages.anchoring_page, name="anchoring"),
    path("p/<slug:slug>/anchoring/<int:user_id>", anchoring_pages.showing, name="anchoring-showing"),
    path("p/<slug:slug>/items/<int:item_id>/history", pages.history_page, name="items-history"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/early", early_pages.EarlyView.as_view()),
    path("projects/<slug:slug>/anchoring", anchoring_pages.AnchoringView.as_view()),
    path("projects/<slug:slug>/anchoring/<int:user_id>", anchoring_pages.ShowingView.as_view()),
    path("projects/<slug:slug>/overview", api.OverviewView.as_view()),
    path("projects/<slug:slug>/quality", quality_api.QualityView.as_view()),
    path("projects/<slug:slug>/hours", api.HoursView.as_view()),
]
