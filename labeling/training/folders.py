"""Where a run keeps what its page shows: what entered the model, and where the model looked."""

from pathlib import Path

from django.conf import settings

from labeling.errors import NotFound
from labeling.training.models import Run

KINDS = {".png": "image/png", ".wav": "audio/wav"}


def place(run: Run, kind: str) -> Path:
    """The folder of a run's files: "entered" or "why"."""
    return Path(settings.EMERALD_DATA.root) / "runs" / str(run.project_id) / f"run-{run.number}" / kind


def shown(run: Run, kind: str, name: str) -> Path:
    """One of these files; NotFound for anything else."""
    path = place(run, kind) / name
    if kind not in ("entered", "why") or "/" in name or path.suffix not in KINDS or not path.is_file():
        raise NotFound("no such file", field="name")
    return path
