"""Addresses of the room."""

from django.urls import URLPattern, URLResolver, path

from labeling.oz import api, console_api, owner_pages, pages
from labeling.oz import experiments_api as experiments

ONE = "projects/<slug:slug>/experiments/<int:number>"
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
    path("projects/<slug:slug>/service", experiments.ServiceView.as_view(), name="api-service"),
    path("projects/<slug:slug>/experiments", experiments.ExperimentsView.as_view(), name="api-experiments"),
    path(ONE, experiments.ExperimentView.as_view(), name="api-experiment"),
    path(f"{ONE}/variants", experiments.VariantsView.as_view(), name="api-variants"),
    path(f"{ONE}/variants/<str:letter>", experiments.VariantView.as_view(), name="api-variant"),
    path(f"{ONE}/seats", experiments.SeatsView.as_view(), name="api-seats"),
    path(f"{ONE}/seats/<str:username>", experiments.SeatView.as_view(), name="api-seat"),
    path(f"{ONE}/inputs", experiments.InputsView.as_view(), name="api-inputs"),
    path(f"{ONE}/sample", experiments.SampleView.as_view(), name="api-sample"),
    path(f"{ONE}/start", experiments.StartView.as_view(), name="api-start"),
    path(f"{ONE}/end", experiments.EndView.as_view(), name="api-end"),
    path(f"{ONE}/graduate", experiments.GraduateView.as_view(), name="api-graduate"),
    path(f"{ONE}/decide", experiments.DecideView.as_view(), name="api-decide"),
    path(f"{ONE}/showings", experiments.ShowingsView.as_view(), name="api-showings"),
    path(f"{ONE}/showings/<int:showing_id>/verdict", experiments.JudgeView.as_view(), name="api-judge"),
    path("live/gone/<str:token>", api.gone, name="api-gone"),
]
