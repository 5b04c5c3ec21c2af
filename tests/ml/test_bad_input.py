"""Whatever can be read is learnt from by every recipe, beside ordinary files; what cannot is left out by name."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from ml.data import Pixels, decode_audio, decode_image
from ml.features import SIZE, log_mel
from ml.inputs import read_files
from ml.predict import predict
from ml.recipe import Recipe
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.train import train
from tests.ml import odd

CLASSES = ("low", "high")
SMALL = Recipe(folds=2, epochs=1, batch=16, width=4, size=16)
RATE = 16_000
BROKEN, WIDE = "broken", "8k.jpg"


def beside_ordinary(folder: Path, kind: str, ordinary: list[bytes], odd_ones: Mapping[str, bytes]) -> Snapshot:
    """A snapshot of both, with one file that cannot be read."""
    files = {f"plain-{at}": data for at, data in enumerate(ordinary)} | dict(odd_ones) | {BROKEN: b"neither of them"}
    rows = []
    for at, (name, data) in enumerate(files.items()):
        (folder / name).write_bytes(data)
        rows.append(Row(name, name, name, (1.0, 0.0) if at % 2 else (0.0, 1.0), "heldout" if at % 5 == 4 else "train"))
    return write_snapshot(folder, name="odd", kind=kind, classes=CLASSES, rows=rows)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Pictures of all kinds."""
    random = np.random.default_rng(0)
    plain = [odd.saved(random.integers(0, 255, (20, 24, 3), dtype=np.uint8)) for _ in range(8)]
    pixels = random.integers(0, 255, (36, 64, 3), dtype=np.uint8)
    kinds = odd.odd_pictures(pixels) | {WIDE: odd.wide_picture(pixels)}
    return beside_ordinary(tmp_path_factory.mktemp("seen"), "image", plain, kinds)


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Sounds of all kinds."""
    random, time = np.random.default_rng(0), np.arange(RATE // 4) / RATE
    tones = [np.sin(2 * np.pi * hertz * time) * 0.4 for hertz in random.uniform(200, 3000, 9)]
    waves = [(tone + random.normal(0, 0.01, len(tone))).astype(np.float32) for tone in tones]
    plain = [odd.written(wave, RATE, "PCM_16") for wave in waves[1:]]
    return beside_ordinary(tmp_path_factory.mktemp("heard"), "audio", plain, odd.odd_sounds(waves[0], RATE))


@pytest.mark.parametrize(
    ("medium", "kind"),
    [("seen", "head"), ("seen", "image_cnn"), ("heard", "head"), ("heard", "audio_cnn"), ("heard", "audio_gru")],
)
def test_every_recipe_learns_from_odd_files_and_speaks_of_them(
    request: pytest.FixtureRequest, tmp_path: Path, medium: str, kind: str
) -> None:
    snapshot: Snapshot = request.getfixturevalue(medium)
    trained = train(snapshot, replace(SMALL, kind=kind), tmp_path)
    left_out = [row.id == BROKEN for row in snapshot.rows]
    assert np.isnan(trained.probabilities).all(axis=1).tolist() == left_out
    assert np.isfinite(trained.probabilities[~np.array(left_out)]).all()
    assert trained.notes == (f"1 files could not be read and were left out: {BROKEN}",)
    heldout = snapshot.indices("heldout")
    again, _ = predict(tmp_path, files=[snapshot.path_of(snapshot.rows[at]) for at in heldout])
    assert np.allclose(again, trained.probabilities[heldout], atol=1e-3, equal_nan=True)


def test_large_pictures_are_made_small_one_by_one(seen: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """An 8k picture holds 100 MB: a thousand of them at once would be the end of any machine."""
    held: list[int] = []

    def remember(pictures: list[Pixels], **_: object) -> npt.NDArray[np.float32]:
        held.extend(picture.nbytes for picture in pictures)
        return np.zeros((len(pictures), 4), np.float32)

    monkeypatch.setattr("ml.inputs.picture_features", remember)
    read_files([seen.folder / WIDE, seen.folder / "plain-0"], "image", Recipe(), lambda *_: None, lambda: False)
    assert held == [SIZE * SIZE * 3] * 2


def test_depth_and_kind_of_a_picture_change_nothing_of_what_is_seen() -> None:
    pixels = np.kron(np.arange(0, 256, 32, dtype=np.uint8).reshape(2, 4), np.ones((16, 16), np.uint8))
    kinds = odd.odd_pictures(np.repeat(pixels[..., None], 3, axis=2))
    for name in ("palette.png", "palette.gif", "16-bit.png", "16-bit.tif", "float.tif", "cmyk.tif", "grey.png",
                 "grey-alpha.png", "alpha.webp"):  # fmt: skip
        found = decode_image(kinds[name])
        assert np.abs(found.astype(int) - pixels[..., None]).max() <= 1, name


def test_depth_channels_and_length_of_a_file_change_nothing_of_what_is_heard() -> None:
    wave = (np.sin(2 * np.pi * 700 * np.arange(RATE // 2) / RATE) * 0.4).astype(np.float32)
    kinds = odd.odd_sounds(wave, RATE)
    plain = log_mel(wave, RATE)
    for name, apart in (("24-bit.wav", 0.01), ("float.wav", 0.01), ("double.wav", 0.01), ("stereo.wav", 0.2),
                        ("six-channels.wav", 0.2), ("stereo.flac", 0.2), ("8-bit.wav", 1.5)):  # fmt: skip
        assert np.abs(log_mel(*decode_audio(kinds[name])) - plain).mean() < apart, name
