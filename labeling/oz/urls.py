"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.oz import api, console_api, owner_pages, pages

SHIFT = "projects/<slug:slug>/console/<int:number>/shifts/<int:shift_id>"

page_patterns: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/experiments/<int:number>/console", pages.console, name="experiments-console"),
    path("p/<slug:slug>/experiments", owner_pages.experiments, name="experiments"),
    path("p/<slug:slug>/experiments/<int:number>", owner_pages.experiment, name="experiments-one"),
    path("p/<slug:slug>/experiments/<int:number>/variant", owner_pages.variant, name="experiments-variant"),
    path("p/<slug:slug>/experiments/<int:number>/do/<slug:verb>", owner_pages.deed, name="experiments-do"),
    path("p/<slug:slug>/experiments/<int:number>/rate", pages.rate, name="experiments-rate"),
    path("p/<slug:slug>/try", pages.try_it, name="try"),
]
api_patterns: list[URLPattern | URLResolver] = [
    path("projects/<slug:slug>/predict", api.PredictView.as_view(), name="api-predict"),
    path("projects/<slug:slug>/predict/<uuid:inquiry_id>", api.AskAgainView.as_view(), name="api-ask-again"),
    path("projects/<slug:slug>/predict/<uuid:inquiry_id>/feedback", api.FeedbackView.as_view(), name="api-feedback"),
    path("projects/<slug:slug>/inputs/<int:input_id>/media", api.InputView.as_view(), name="api-input"),
    path("projects/<slug:slug>/console/<int:number>/shifts/", console_api.ShiftsView.as_view(), name="api-shifts"),
    path(f"{SHIFT}/stream", console_api.StreamView.as_view(), name="api-shift-stream"),
    path(f"{SHIFT}/take", console_api.TakeView.as_view(), name="api-shift-take"),
    path(f"{SHIFT}/answer", console_api.AnswerView.as_view(), name="api-shift-answer"),
    path(f"{SHIFT}/pass", console_api.PassView.as_view(), name="api-shift-pass"),
    path(f"{SHIFT}/beat", console_api.BeatView.as_view(), name="api-shift-beat"),
    path(f"{SHIFT}/leave", console_api.LeaveView.as_view(), name="api-shift-leave"),
    path("live/gone/<str:token>", api.gone, name="api-gone"),
]
