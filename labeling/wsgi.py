"""The WSGI entry point for web servers."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labeling.settings")
django.setup(set_prefix=False)

from labeling.short_way import Handler  # noqa: E402  (Django's handlers want its settings)

application = Handler()
