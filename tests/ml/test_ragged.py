"""Sounds of different lengths side by side: padding is nothing, whatever is done to a batch."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import torch

from ml.augment import OFF, augment_sounds
from ml.inputs import load_inputs
from ml.networks import build
from ml.ragged import FRAMES_AT_ONCE, LONGEST, Ragged, padded
from ml.recipe import Recipe
from ml.snapshot import Row, write_snapshot
from ml.step import take_step
from ml.train import train
from ml.train_net import predict_net
from tests.ml.test_steps import chance, job_of, plain_state

QUIET = -6.0
GRU = Recipe(kind="audio_gru", width=4, folds=2, epochs=1, augment=OFF)


def long_and_short() -> torch.Tensor:
    """Both quiet all along; the second is over after twenty frames."""
    batch = torch.full((2, 1, 40, 100), QUIET)
    batch[1, ..., 20:] = torch.nan
    return batch


def test_beneath_a_sound_nothing_is_heard_where_its_partner_is_over() -> None:
    changed = augment_sounds(long_and_short(), replace(OFF, background=1.0), torch.Generator().manual_seed(1))
    long, short = changed[0, 0], changed[1, 0, :, :20]
    assert (long[:, :20] > QUIET).all()  # the seed pairs them with each other
    assert torch.allclose(long[:, 20:], torch.tensor(QUIET))
    assert (short > QUIET).all()


@pytest.mark.parametrize("change", [{"mask": 0.9}, {"noise": 1.0}], ids=["mask", "noise"])
def test_what_is_measured_of_a_sound_leaves_its_padding_out(change: dict[str, Any]) -> None:
    """A constant sound has its own value as its mean, and no spread."""
    batch = long_and_short()
    changed = augment_sounds(batch, replace(OFF, **change), chance())
    assert torch.allclose(changed, batch, atol=1e-4, equal_nan=True)


def test_the_masked_stretch_lies_within_a_sound_s_own_length() -> None:
    random = torch.Generator().manual_seed(0)
    batch = torch.randn(64, 1, 40, 400, generator=random)
    batch[1:, ..., 20:] = torch.nan
    changed = augment_sounds(batch, replace(OFF, mask=0.9), random)
    frames = ((changed - batch)[1:, 0, :, :20] != 0).all(dim=1).any(dim=1)
    assert frames.float().mean() > 0.8


@pytest.mark.parametrize("change", [{"shift": 0.5}, {"scale": 0.5}], ids=["shift", "speed"])
def test_a_sound_is_moved_within_its_own_length(change: dict[str, Any]) -> None:
    ramp = torch.arange(20.0).expand(1, 1, 40, 20)
    batch = torch.full((2, 1, 40, 100), torch.nan)
    batch[0], batch[1, ..., :20] = torch.arange(100.0), ramp[0]
    both = augment_sounds(batch, replace(OFF, **change), chance())
    assert not torch.allclose(both[1, ..., :20], ramp[0], atol=0.1)
    assert 0 <= both[1, ..., :20].min() <= both[1, ..., :20].max() <= 19
    assert torch.isnan(both[1, ..., 20:]).all()


def test_mixing_with_a_sound_that_is_over_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.step.mixing", lambda *_: (torch.tensor([1, 0]), 0.75))
    seen: list[torch.Tensor] = []
    job = job_of(GRU, np.eye(2), inputs=long_and_short())
    state = plain_state(GRU)

    def called(batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch)
        return torch.nn.functional.linear(torch.ones(2, 4), state.network.last.weight)

    state.compiled = called
    take_step(job, state, np.arange(2), chance())
    assert torch.allclose(seen[0], long_and_short(), equal_nan=True)


def test_statistics_of_a_batch_know_nothing_of_padding() -> None:
    random = np.random.default_rng(0)
    sounds = [random.normal(size=(1, 40, 30)).astype(np.float32) for _ in range(2)]
    alone, beside = (build(GRU, np.zeros(2)).train() for _ in range(2))
    alone.embed(torch.from_numpy(padded(sounds)))
    beside.embed(torch.nn.functional.pad(torch.from_numpy(padded(sounds)), (0, 70), value=torch.nan))
    pairs = list(zip(alone.named_buffers(), beside.buffers(), strict=True))
    assert all(torch.allclose(one, other, atol=1e-6) for (_, one), other in pairs)


def test_a_batch_is_as_long_as_its_own_longest_sound() -> None:
    sounds = Ragged([np.zeros((1, 40, frames), np.float32) for frames in (10, 3000, 20)])
    assert sounds[np.array([0, 2])].shape == (2, 1, 40, 20)
    assert sounds.at_once(256) == FRAMES_AT_ONCE // 3000
    some, _ = predict_net(build(GRU, np.zeros(2)), sounds, GRU, torch.tensor([0, 2]))
    assert some.shape == (2, 2)


def test_one_clip_that_is_far_too_long_is_cut_and_the_run_says_so(tmp_path: Path) -> None:
    rows = []
    for at in range(5):
        seconds = LONGEST + 2 if at == 0 else 0.2
        wave = 0.5 * np.sin(2 * np.pi * (400 + 900 * (at % 2)) * np.arange(int(seconds * 4000)) / 4000)
        soundfile.write(tmp_path / f"{at}.wav", wave, 4000)
        target = (1.0, 0.0) if at % 2 == 0 else (0.0, 1.0)
        rows.append(Row(str(at), f"{at}.wav", f"tone{at}", target if at else (), "train" if at else "open"))
    snapshot = write_snapshot(tmp_path, name="tones", kind="audio", classes=("low", "high"), rows=rows)
    inputs, bad = load_inputs(snapshot, GRU, lambda *_: None, lambda: False)
    assert isinstance(inputs, Ragged)
    assert (inputs.cut, bad) == ((0,), [])
    assert [picture.shape[2] for picture in inputs.pictures] == [round(LONGEST * 100) + 1, 21, 21, 21, 21]
    assert "1 sounds are longer than 30 s" in train(snapshot, GRU, tmp_path / "model").notes[0]
