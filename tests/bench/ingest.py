"""From zip to ready-to-label: 10,000 pictures of CIFAR's size and 2,000 short sounds, through `manage.py ingest`."""

import hashlib
import io
import sys
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import psycopg
import soundfile
from PIL import Image

from tests.bench.server import Server, serving

PICTURES, CLIPS = 10_000, 2_000
SIDE = 32
RATE, SECONDS = 8_000, 0.5


def run(data: Path | None) -> dict[str, Any]:
    """Figures, beside a plain loop on one core that only decodes and hashes the same pictures."""
    with TemporaryDirectory() as name:
        pictures, clips = _inputs(Path(name), data)
        _say("decoding alone, one core")
        alone = _decode_only(pictures)
        with serving() as server:
            image_seconds, image_command = _ingest(server, "bench-pictures", "image", pictures, PICTURES)
            clip_seconds, clip_command = _ingest(server, "bench-clips", "sound", clips, CLIPS)
    return {
        "images_per_s": round(PICTURES / image_seconds, 1),
        "clips_per_s": round(CLIPS / clip_seconds, 1),
        "images_per_s_with_start_of_the_command": round(PICTURES / image_command, 1),
        "clips_per_s_with_start_of_the_command": round(CLIPS / clip_command, 1),
        "images": PICTURES,
        "clips": CLIPS,
        "decode_only_images_per_s": round(alone, 1),
        "real_images": data is not None,
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _inputs(folder: Path, data: Path | None) -> tuple[Path, Path]:
    """The first 10,000 pictures and the clips of the data folder, or made ones."""
    pictures, clips = folder / "pictures.zip", folder / "clips.zip"
    _say("making the zips")
    with zipfile.ZipFile(pictures, "w") as archive:
        for number, content in enumerate(_real_pictures(data) if data else map(_picture, range(PICTURES))):
            archive.writestr(f"{number:05}.jpg", content)
    if data:
        return pictures, data / "fsdd" / "clips.zip"
    with zipfile.ZipFile(clips, "w") as archive:
        for number in range(CLIPS):
            archive.writestr(f"{number:04}.wav", _clip(number))
    return pictures, clips


def _real_pictures(data: Path) -> list[bytes]:
    with zipfile.ZipFile(data / "cifar10n" / "train.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".jpg"))[:PICTURES]
        return [archive.read(name) for name in names]


def _picture(seed: int) -> bytes:
    """Smooth random colours as JPEG: about as large as a photo of this size."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(coarse).resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def _clip(seed: int) -> bytes:
    """A tone that dies away, in noise."""
    random = np.random.default_rng(seed)
    t = np.arange(int(RATE * SECONDS)) / RATE
    tone = 0.4 * np.sin(2 * np.pi * random.uniform(100, 900) * t) * np.exp(-3 * t) + random.normal(0, 0.01, len(t))
    out = io.BytesIO()
    soundfile.write(out, tone, RATE, format="WAV")
    return out.getvalue()


def _decode_only(pictures: Path) -> float:
    """Pictures a second by one thread of Pillow and SHA-256: no server could be quicker on one core."""
    with zipfile.ZipFile(pictures) as archive:
        contents = [archive.read(name) for name in archive.namelist()]
    begun = time.perf_counter()
    for content in contents:
        hashlib.sha256(content).hexdigest()
        np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    return len(contents) / (time.perf_counter() - begun)


def _ingest(server: Server, slug: str, medium: str, path: Path, expected: int) -> tuple[float, float]:
    """Seconds from the upload's first row to every item ready, and the same with the start of Python and Django."""
    with psycopg.connect(server.database_url, autocommit=True) as database:
        server.manage("shell", "--no-imports", "-c", _PROJECT.format(slug=slug, medium=medium))
        begun = time.perf_counter()
        _say(server.manage("ingest", slug, str(path)).strip())
        ready = "SELECT count(*) FROM labeling_item i JOIN labeling_project p ON p.id = i.project_id"
        row = database.execute(f"{ready} WHERE p.slug = %s AND i.state = 'ready'", [slug]).fetchone()
        whole = time.perf_counter() - begun
        spent = database.execute(_SPENT, [slug]).fetchone()
    if row is None or spent is None or row[0] != expected:
        raise RuntimeError(f"{row} of {expected} items are ready")
    return float(spent[0]), whole


_SPENT = """
SELECT extract(epoch FROM u.finished_at - u.created_at)
FROM labeling_upload u JOIN labeling_project p ON p.id = u.project_id WHERE p.slug = %s
"""
_PROJECT = """
from django.contrib.auth.models import User
from labeling.guidelines.actions import create_project_with_guideline
owner, _ = User.objects.get_or_create(username="owner")
create_project_with_guideline(
    actor=owner, name="{slug}", slug="{slug}", medium="{medium}", question="What is it?", classes=["a", "b"]
)
"""
