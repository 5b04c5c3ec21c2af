"""The Celery app; each room's tasks live in its tasks.py."""

import os

from celery import Celery

from labeling.rooms import ROOMS

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")

app = Celery("labeling")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks([f"labeling.{room}" for room in ROOMS])
