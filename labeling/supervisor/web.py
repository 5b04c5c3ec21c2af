"""The application as Granian's workers load it under the supervisor."""

import os
import signal
from importlib import import_module
from typing import Any

from django.conf import settings

from labeling.supervisor.process import die_with_parent


def supervised() -> Any:
    """The application, in a process that dies with Granian's main one (the leader of its session)."""
    die_with_parent(signal.SIGKILL, os.getsid(0))
    application = import_module("labeling.asgi").application  # knows the rooms, which this package does not
    import_module(settings.ROOT_URLCONF)  # loads every page now rather than under the first person's eyes
    return application
