"""Where models' weights lie."""

import shutil
from pathlib import Path

from django.conf import settings

from labeling.registry.models import ModelVersion


def folder(name: str) -> Path:
    """The folder of an artefact by its name."""
    return Path(settings.EMERALD_DATA.root) / "models" / name


def path_of(version: ModelVersion) -> Path:
    """The folder of a version's weights."""
    return folder(version.artefact)


def remove(name: str) -> None:
    """Drop an artefact that belongs to no version; nothing happens where there is none."""
    shutil.rmtree(folder(name), ignore_errors=True)
