"""Where snapshots lie."""

from pathlib import Path

from django.conf import settings

from labeling.datasets.models import Snapshot
from ml.snapshot import Snapshot as Frozen
from ml.snapshot import read_snapshot


def root() -> Path:
    """The folder of all snapshots."""
    return Path(settings.EMERALD_DATA.root) / "snapshots"


def path_of(snapshot: Snapshot) -> Path:
    """The folder of one snapshot."""
    return root() / snapshot.folder


def read(snapshot: Snapshot) -> Frozen:
    """The frozen rows, checked against their hash."""
    return read_snapshot(path_of(snapshot))
