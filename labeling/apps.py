"""The one Django app."""

from django.apps import AppConfig

from labeling.celery import app as celery_app

__all__ = ["LabelingConfig", "celery_app"]  # the Celery app is made with the Django app, so that tasks find it


class LabelingConfig(AppConfig):
    """All rooms in one app, so that a table may move from one room to another without a migration."""

    name = "labeling"
    default_auto_field = "django.db.models.BigAutoField"
