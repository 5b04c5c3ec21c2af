"""Heat lies where the evidence is."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from ml.explain import explain
from ml.saliency import class_map, occlusion, overlay
from ml.snapshot import Row, write_snapshot
from ml.train import Recipe, train
from tests.ml.test_training import SMALL, pictures


def test_a_class_map_is_the_weighted_sum_of_maps() -> None:
    maps = np.zeros((2, 2, 2), np.float32)
    maps[0, 0, 0], maps[1, 1, 1] = 1, 1
    heat = class_map(maps, np.array([1, -1], np.float32), 4, 4)
    assert heat.shape == (4, 4)
    assert heat[0, 0] == 1
    assert heat[3, 3] == 0


def test_hiding_what_matters_is_felt() -> None:
    picture = np.zeros((1, 16, 8), np.float32)
    picture[0, 8:, 4:] = 1
    heat = occlusion(lambda batch: batch[:, :, 8:, 4:].sum(axis=(1, 2, 3))[:, None].astype(np.float64), picture, 0)
    assert heat[12, 6] == 1
    assert heat[0, 0] == 0


def test_an_overlay_is_a_picture_large_enough_to_see() -> None:
    image = Image.open(io.BytesIO(overlay(np.zeros((32, 16, 3), np.uint8), np.ones((32, 16), np.float32))))
    assert min(image.size) >= 224


@pytest.mark.parametrize("recipe", [SMALL, Recipe(folds=2)], ids=["network", "head"])
def test_pictures_are_explained_and_broken_ones_passed_over(tmp_path: Path, recipe: Recipe) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)
    train(snapshot, recipe, tmp_path / "model")
    (tmp_path / "broken.png").write_bytes(b"no")
    files = [snapshot.path_of(snapshot.rows[0]), tmp_path / "broken.png"]
    found = explain(tmp_path / "model", files, [0, 1])
    assert found[1] is None
    assert found[0] is not None
    assert found[0].png.startswith(b"\x89PNG")
    assert 0 <= found[0].heat.min() <= found[0].heat.max() <= 1


@pytest.mark.parametrize("kind", ["head", "audio_cnn", "audio_gru"])
def test_sounds_are_explained(tmp_path: Path, kind: str) -> None:
    rows = []
    for at in range(12):
        tone = 0.5 * np.sin(2 * np.pi * (400 + 1200 * (at % 2)) * np.arange(8000) / 16_000)
        soundfile.write(tmp_path / f"{at}.wav", tone, 16_000)
        rows.append(Row(str(at), f"{at}.wav", f"tone{at}", (1.0, 0.0) if at % 2 == 0 else (0.0, 1.0), "train"))
    snapshot = write_snapshot(tmp_path, name="tones", kind="audio", classes=("low", "high"), rows=rows)
    recipe = Recipe(kind=kind, landmarks=8 if kind == "head" else 0, folds=2, epochs=1, width=4)
    train(snapshot, recipe, tmp_path / "model")
    found = explain(tmp_path / "model", [tmp_path / "0.wav"], [0])
    assert found[0] is not None
    assert found[0].heat.shape == (40, 51 if kind == "audio_gru" else 40)  # all of the half second, frame by frame
    assert found[0].heat.max() > 0
