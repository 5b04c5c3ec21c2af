"""The speech embedding, heard through a tiny real stand-in for its two files; the extra itself is not needed here."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ml import speech, speech_files
from ml.data import Samples, decode_audio
from ml.explain import explain
from ml.inputs import load_inputs, vectors
from ml.predict import predict
from ml.preflight import preflight
from ml.recipe import HEADS, CannotTrain, Recipe, usual_recipe
from ml.snapshot import Row, Snapshot, write_snapshot
from ml.speech import spectrum, speech_features
from ml.speech_files import DIMENSIONS, EMBEDDING, load_ear, missing
from ml.train import train
from ml.versions import SOUND_STATISTICS, SPEECH
from tests.ml.tiny_onnx import install

PITCHES = (300, 1200, 3000)  # Hz, one a class


@pytest.fixture(autouse=True)
def extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The stand-in, in place of whatever this machine has."""
    folder = tmp_path / "extra"
    install(folder, monkeypatch)
    return folder


def tone(pitch: float, seconds: float, rate: int = 16_000, seed: int = 0) -> Samples:
    """A noisy sine, (T,)."""
    noise = np.random.default_rng(seed).normal(0, 0.02, int(seconds * rate))
    return (0.4 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate) + noise).astype(np.float32)


def test_sounds_of_any_rate_length_and_channels_give_one_row_each() -> None:
    sounds: list[tuple[Samples, int]] = [
        (tone(400, 0.2, 8000), 8000), (np.stack([tone(400, 2.0, 44_100)] * 2, axis=1), 44_100),
        (np.zeros(0, np.float32), 16_000), (np.zeros((30, 1), np.float32), 8000), (tone(400, 3.0), 16_000),
    ]  # fmt: skip
    features = speech_features(sounds)
    assert features.shape == (5, DIMENSIONS)
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert speech_features([]).shape == (0, DIMENSIONS)


def test_silence_around_and_loudness_change_little_and_the_sound_itself_much() -> None:
    plain, other = speech_features([(tone(1500, 0.5), 16_000), (tone(400, 0.5), 16_000)])
    quiet = np.zeros(16 * 160 * 20, np.float32)  # whole steps of the window, so that it falls on the same places
    [later] = speech_features([(np.concatenate([quiet, np.float32(0.1) * tone(1500, 0.5), quiet]), 16_000)])
    assert np.abs(plain - later).max() < 0.1 * np.abs(plain - other).max()


def test_nothing_of_a_long_sound_is_cut_off() -> None:
    long = tone(400, 4.0)
    ended = np.concatenate([long, tone(4000, 0.5)])
    first, second = speech_features([(long, 16_000), (ended, 16_000)])
    assert not np.allclose(first, second, atol=1e-3)


def test_a_spectrum_in_pieces_is_the_spectrum_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sound, ear = tone(900, 2.3), load_ear()
    whole = spectrum(sound, 16_000, ear)
    monkeypatch.setattr(speech, "PIECE", 37)
    pieced = spectrum(sound, 16_000, ear)
    np.testing.assert_allclose(pieced, whole, atol=0.05)  # of some 10: sums of floats, in another order
    assert len(whole) == (len(sound) + 2 * 75 * 160 - 512) // 160 + 1


def test_eight_bit_and_float_files_of_one_sound_are_heard_alike() -> None:
    heard = []
    for subtype in ("PCM_U8", "FLOAT"):
        out = io.BytesIO()
        soundfile.write(out, tone(1500, 0.6), 16_000, format="WAV", subtype=subtype)
        heard.append(decode_audio(out.getvalue()))
    eight, floating = speech_features(heard)
    assert np.corrcoef(eight, floating)[0, 1] > 0.98


def frozen(folder: Path, features: Samples | None = None, version: str = SPEECH) -> Snapshot:
    """Thirty sounds of three classes, three of them held out, one that cannot be read."""
    folder.mkdir()
    rows = []
    for at in range(30):
        name = f"{at}.wav"
        soundfile.write(folder / name, tone(PITCHES[at % 3] * (1 + at / 300), 0.3 + at / 60, 8000, at), 8000)
        sure = tuple(float(at % 3 == label) for label in range(3))
        rows.append(Row(str(at), name, f"{at:064x}", sure, "heldout" if at >= 27 else "train"))
    (folder / "5.wav").write_bytes(b"RIFF")
    return write_snapshot(
        folder, name="tones", kind="audio", classes=("low", "middle", "high"), rows=rows, feature_version=version,
        features=features,
    )  # fmt: skip


def test_a_head_learns_from_a_plain_folder_and_says_the_same_of_files(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "snapshot")
    recipe = usual_recipe("audio", snapshot.feature_version)
    assert recipe == HEADS[SPEECH]
    assert preflight(snapshot, recipe, tmp_path / "entered").passed
    trained = train(snapshot, recipe, tmp_path / "model")
    assert trained.accuracy > 0.9
    assert trained.embeddings.shape == (30, DIMENSIONS)
    assert "1 files could not be read" in trained.notes[0]
    files = [snapshot.path_of(row) for row in snapshot.rows[27:]]
    said, embeddings = predict(tmp_path / "model", files=files)
    np.testing.assert_allclose(said, trained.probabilities[27:], atol=1e-5)
    assert embeddings.shape == (3, DIMENSIONS)
    [picture, unread] = explain(tmp_path / "model", [files[0], snapshot.path_of(snapshot.rows[5])], [0, 0])
    assert picture is not None
    assert picture.png.startswith(b"\x89PNG")
    assert unread is None


def test_features_of_another_backbone_are_not_taken_for_its_own(tmp_path: Path) -> None:
    snapshot = frozen(tmp_path / "snapshot", np.zeros((30, 320), np.float32), SOUND_STATISTICS)
    own, bad = load_inputs(snapshot, HEADS[SPEECH], lambda done, total: None, lambda: False)
    assert vectors(own).shape == (30, DIMENSIONS)
    assert bad == [5]
    stored, _ = load_inputs(snapshot, usual_recipe("audio"), lambda done, total: None, lambda: False)
    assert stored is snapshot.features


def test_without_the_extra_training_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_files, "folder", lambda: None)
    assert "not installed" in missing()
    assert "not for commercial use" in missing()
    with pytest.raises(CannotTrain, match="not installed"):
        train(frozen(tmp_path / "snapshot"), HEADS[SPEECH], tmp_path / "model")
    assert not (tmp_path / "model" / "model.json").exists()


def test_other_weights_under_the_same_name_are_refused(extra: Path) -> None:
    path = extra / EMBEDDING
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert f"{EMBEDDING} is not as in version" in missing()
    with pytest.raises(CannotTrain, match="another one"):
        load_ear()
    path.unlink()
    assert missing()


def test_the_usual_recipe_has_nothing_of_it() -> None:
    assert usual_recipe("audio").backbone == ""
    assert Recipe().backbone == ""
    assert Recipe.from_json({key: value for key, value in Recipe().to_json().items() if key != "backbone"}) == Recipe()
