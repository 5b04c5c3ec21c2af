"""The Celery app; each room's tasks live in its tasks.py."""

import os
import signal

from celery import Celery
from celery.signals import worker_process_init

from labeling.rooms import ROOMS
from labeling.supervisor.parts import SUPERVISED
from labeling.supervisor.process import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")

app = Celery("labeling")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks([f"labeling.{room}" for room in ROOMS])


@worker_process_init.connect
def stay_with_parent(**_: object) -> None:
    """Under the supervisor, a process of the pool dies with the worker (the leader of its session)."""
    if os.environ.get(SUPERVISED):
        die_with_parent(signal.SIGKILL, os.getsid(0))
