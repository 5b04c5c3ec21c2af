"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.reports import api, pages, panel_api, panel_pages

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/questions", pages.questions, name="questions"),
    path("p/<slug:slug>/questions/<int:pk>/answer", pages.answer, name="questions-answer"),
    path("p/<slug:slug>/questions/<int:pk>/merge", pages.merge, name="questions-merge"),
    path("p/<slug:slug>/audience", panel_pages.audience, name="audience"),
    path("p/<slug:slug>/audience/draw", panel_pages.draw, name="audience-draw"),
    path("p/<slug:slug>/audience/attributes/<int:pk>/forget", panel_pages.forget, name="audience-forget"),
    path("p/<slug:slug>/panel", panel_pages.panel, name="panel"),
    path("p/<slug:slug>/about-me", panel_pages.about_me, name="myself"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/notices", api.NoticesView.as_view()),
    path("projects/<slug:slug>/notices/seen", api.SeenView.as_view()),
    path("projects/<slug:slug>/questions", api.ThreadsView.as_view()),
    path("projects/<slug:slug>/questions/<int:pk>/answer", api.AnswerView.as_view()),
    path("projects/<slug:slug>/questions/<int:pk>/merge", api.MergeView.as_view()),
    path("projects/<slug:slug>/attributes", panel_api.AttributesView.as_view()),
    path("projects/<slug:slug>/attributes/<int:pk>", panel_api.AttributeView.as_view()),
    path("projects/<slug:slug>/attributes/<int:pk>/mine", panel_api.MineView.as_view()),
    path("projects/<slug:slug>/audience", panel_api.AudienceView.as_view()),
    path("projects/<slug:slug>/panel", panel_api.PanelView.as_view()),
    path("projects/<slug:slug>/panel/sample", panel_api.SampleView.as_view()),
]
