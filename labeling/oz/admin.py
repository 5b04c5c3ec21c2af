"""Experiments in the admin, to look at: what is written there goes through the actions."""

from django.contrib import admin

from labeling.audit.admin import ReadOnly
from labeling.oz.models import Experiment, Feedback, Inquiry, Judgement, Reply, Service, Shift


@admin.register(Experiment)
class ExperimentAdmin(ReadOnly):
    """What was tried, and what came of it."""

    list_display = ("project", "number", "name", "state", "winner", "started_at", "ended_at")
    list_filter = ("state",)
    list_select_related = ("project", "winner")


@admin.register(Inquiry)
class InquiryAdmin(ReadOnly):
    """What was asked of whoever stands in for the model."""

    list_display = ("id", "project", "variant", "state", "caller", "created_at", "closed_at")
    list_filter = ("state", "source")
    list_select_related = ("project", "variant", "caller")
    show_full_result_count = False


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    """What was answered."""

    list_display = ("inquiry", "said", "wizard", "model_version", "milliseconds", "at")
    list_select_related = ("inquiry__input", "wizard", "model_version")
    show_full_result_count = False


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    """What end users made of answers."""

    list_display = ("user", "useful", "rating", "comment", "correction", "at")
    list_select_related = ("user",)


@admin.register(Judgement)
class JudgementAdmin(ReadOnly):
    """What raters preferred."""

    list_display = ("showing", "choice", "rating", "comment", "at")
    list_select_related = ("showing__rater", "showing__first", "showing__second", "choice")


@admin.register(Service)
class ServiceAdmin(ReadOnly):
    """Who answers a project's callers."""

    list_display = ("project", "source", "threshold", "patience", "lasting", "open_limit")
    list_select_related = ("project",)


@admin.register(Shift)
class ShiftAdmin(ReadOnly):
    """Who was on duty when."""

    list_display = ("experiment", "user", "began_at", "seen_at", "ended_at")
    list_select_related = ("experiment", "user")
