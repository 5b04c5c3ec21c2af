"""What enters the model, written as pictures and sounds for the owner to see and hear."""

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile
import torch
from PIL import Image

from ml.augment import augment_pictures, augment_sounds
from ml.backbone import fit
from ml.checkpoint import write_whole
from ml.data import Unreadable, decode_audio, decode_image
from ml.features import RATE, log_mel, resampled, whole_log_mel, windowed
from ml.inputs import loudest_part
from ml.preflight.check import Check, Verdict, judged
from ml.recipe import Recipe
from ml.saliency import spectrum_picture
from ml.snapshot import Row, Snapshot
from ml.step import to_floats
from ml.versions import SPEECH, seen_size

ENLARGED = 128  # px, smaller pictures are shown at least this high


@dataclass(frozen=True)
class Sample:
    """One training item as the model gets it; names of files in the folder, empty where there is none."""

    item: str
    target: str  # its most probable class
    picture: str
    changed: str  # the same after augmentation, where the recipe augments
    sound: str

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def save_samples(snapshot: Snapshot, rows: Sequence[Row], recipe: Recipe, folder: Path) -> tuple[Check, list[Sample]]:
    """Write the given rows as they enter; the check fails where none of them can be read."""
    folder.mkdir(parents=True, exist_ok=True)
    saved = [sample for row in rows if (sample := _save(snapshot, row, recipe, folder)) is not None]
    figure = f"{len(saved)} of {len(rows)} written"
    check = judged("What enters", figure, "at least 1", bool(saved), "To see and hear on this page.")
    if saved and len(saved) < len(rows):
        check = Check(check.name, figure, "all of them", Verdict.WARNED, "Some files cannot be read.")
    return check, saved


def _save(snapshot: Snapshot, row: Row, recipe: Recipe, folder: Path) -> Sample | None:
    try:
        data = snapshot.path_of(row).read_bytes()
        if snapshot.kind == "image":
            files = _picture(data, row, recipe, folder, seen_size(snapshot.feature_version))
        else:
            files = _sound(data, row, recipe, folder)
    except (Unreadable, OSError):
        return None
    return Sample(row.id, snapshot.classes[int(np.argmax(row.posterior))], *files)


def _picture(data: bytes, row: Row, recipe: Recipe, folder: Path, seen: int) -> tuple[str, str, str]:
    pixels = fit(decode_image(data), seen if recipe.kind == "head" else recipe.size)
    name, changed = f"{row.sha256[:16]}.png", ""
    _write(folder / name, pixels)
    if recipe.kind != "head":
        changed = f"{row.sha256[:16]}-changed.png"
        random = torch.Generator().manual_seed(recipe.seed)
        batch = augment_pictures(to_floats(torch.from_numpy(pixels.copy()[None]), recipe), recipe.augment, random)
        _write(folder / changed, (batch[0].permute(1, 2, 0).clamp(0, 1) * 255).byte().cpu().numpy())
    return name, changed, ""


def _sound(data: bytes, row: Row, recipe: Recipe, folder: Path) -> tuple[str, str, str]:
    samples, rate = decode_audio(data)
    whole = recipe.kind == "audio_gru" or recipe.backbone == SPEECH
    samples = loudest_part(samples, rate) if recipe.kind == "audio_gru" else samples
    picture = whole_log_mel(samples, rate) if whole else log_mel(samples, rate, seconds=recipe.seconds)
    name, changed, heard = (f"{row.sha256[:16]}{end}" for end in (".png", "-changed.png", ".wav"))
    _write(folder / name, spectrum_picture(picture))
    out = io.BytesIO()
    wave = resampled(samples, rate) if whole else windowed(samples, rate, seconds=recipe.seconds)
    soundfile.write(out, wave, RATE, format="WAV")
    write_whole(folder / heard, out.getvalue())
    if recipe.kind == "head":
        return name, "", heard
    random = torch.Generator().manual_seed(recipe.seed)
    batch = augment_sounds(torch.from_numpy(picture[None]), recipe.augment, random)
    _write(folder / changed, spectrum_picture(batch[0].numpy()))
    return name, changed, heard


def _write(path: Path, pixels: npt.NDArray[np.uint8]) -> None:
    image = Image.fromarray(pixels)
    times = max(1, -(-ENLARGED // image.height))
    out = io.BytesIO()
    image.resize((image.width * times, image.height * times), Image.Resampling.NEAREST).save(out, "PNG")
    write_whole(path, out.getvalue())
