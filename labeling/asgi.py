"""The ASGI entry point: Django in threads, with those who wait for somebody's answer kept in the event loop."""

import os
import re

from django.conf import settings
from psycopg.conninfo import make_conninfo

from labeling.live.bell import Bell
from labeling.live.front import Front, Lane
from labeling.wsgi import application as pages

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")

# Callers of a model come in bursts: they have threads of their own, and a line that ends somewhere. Those who answer
# them, and the word that somebody hung up, do not stand in that line.
CALLS = re.compile(r"/api/v1/projects/[^/]+/predict")
CALL_THREADS = 2
CALL_LINE = 64
CONSOLES = re.compile(r"/api/v1/(live/|projects/[^/]+/console)")
CONSOLE_THREADS = 1
CONSOLE_LINE = 1_000
PAGE_LINE = 10_000


def conninfo() -> str:
    """Where to listen: the database that the settings name."""
    place = settings.DATABASES["default"]
    options = {name: value for name, value in place["OPTIONS"].items() if isinstance(value, str)}
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return make_conninfo(**{name: place[key] for name, key in names.items() if place.get(key)}, **options)


def front() -> Front:
    """One a process; made in its event loop's process, not before a fork."""
    lanes = [
        Lane(CALLS, CALL_THREADS, CALL_LINE), Lane(CONSOLES, CONSOLE_THREADS, CONSOLE_LINE),
        Lane(re.compile(""), settings.WEB_THREADS, PAGE_LINE),
    ]  # fmt: skip
    return Front(pages, Bell(conninfo()), lanes)


application = front()
