"""The WSGI application as Granian's workers load it under the supervisor."""

import os
import signal
from typing import Any

from labeling.supervisor.process import die_with_parent
from labeling.wsgi import application


def supervised() -> Any:
    """The application, in a process that dies with Granian's main one (the leader of its session)."""
    die_with_parent(signal.SIGKILL, os.getsid(0))
    return application
