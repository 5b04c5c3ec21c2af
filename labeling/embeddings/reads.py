"""Stored vectors, read in bulk."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.conf import settings
from django.db import connection
from psycopg import Cursor

from labeling.embeddings.wire import parse
from labeling.projects.models import Medium, Project
from ml.speech_files import missing as missing_speech
from ml.versions import SOUND_STATISTICS, SPEECH

CHUNK = 2_000  # rows in memory as bytes at a time

VECTORS = """
SELECT e.blob_id, vector_send(e.vector) FROM labeling_embedding e
WHERE e.backbone = %s AND e.blob_id = ANY(%s)
"""


def backbone_of(project: Project) -> str:
    """Which frozen features this project's items are seen through."""
    return project.backbone or (str(settings.PICTURE_FEATURES) if project.medium == Medium.IMAGE else SOUND_STATISTICS)


def backbones_for(medium: str) -> tuple[str, ...]:
    """Those that an owner may choose for a project in place of the usual one."""
    return (SPEECH,) if medium == Medium.SOUND else ()


def missing(backbone: str) -> str:
    """Why these features cannot be computed on this machine, in one sentence; empty where they can."""
    return missing_speech() if backbone == SPEECH else ""


def vectors(blob_ids: Sequence[str], backbone: str) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Blobs that have a vector, in the order asked for, and their vectors (N, D) float32."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    connection.ensure_connection()
    for start in range(0, len(blob_ids), CHUNK):
        # Django's own cursors bind on the client's side and speak text only.
        with Cursor(connection.connection) as cursor:
            cursor.execute(VECTORS, [backbone, list(blob_ids[start : start + CHUNK])], binary=True)
            rows = cursor.fetchall()
        found.update(zip((blob for blob, _ in rows), parse([data for _, data in rows]), strict=True))
    present = [blob for blob in blob_ids if blob in found]
    return present, np.stack([found[blob] for blob in present]) if present else np.empty((0, 0), np.float32)

