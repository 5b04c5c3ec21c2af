"""A killed training, too little memory, several processes: the model comes out all the same."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml import train_net
from ml.checkpoint import load_checkpoint
from ml.networks import build
from ml.predict import predict
from ml.step import take_step
from ml.train import Diverged, train
from tests.ml.test_training import SMALL, pictures

PATIENCE = 120.0  # seconds, on a machine that is busy elsewhere
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1"}


def recipe_file(folder: Path, **values: Any) -> Path:
    """A recipe for the command line."""
    path = folder / "recipe.json"
    path.write_text(json.dumps({"kind": "image_cnn", "folds": 2, "batch": 16, "width": 4, "size": 16, **values}))
    return path


def test_killed_with_9_it_goes_on_with_the_same_curve(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot")
    command = [sys.executable, "-m", "ml", str(snapshot.folder), str(tmp_path / "killed")]
    command += ["--recipe", str(recipe_file(tmp_path, epochs=40))]
    process = subprocess.Popen(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ended = time.monotonic() + PATIENCE
    while not (tmp_path / "killed" / "progress-0.json").exists() and time.monotonic() < ended:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    recipe = replace(SMALL, epochs=40)
    assert load_checkpoint(tmp_path / "killed", "model") is None
    resumed, whole = (train(snapshot, recipe, tmp_path / name) for name in ("killed", "whole"))
    assert [event["loss"] for event in resumed.curve] == [event["loss"] for event in whole.curve]
    assert np.array_equal(resumed.probabilities, whole.probabilities)


def test_too_little_memory_cuts_the_batch_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)

    def small(*given: Any) -> Any:
        network = build(*given)
        network.register_forward_pre_hook(_refuse_more_than_four)
        return network

    monkeypatch.setattr(train_net, "build", small)
    trained = train(snapshot, replace(SMALL, epochs=1), tmp_path / "model")
    assert {event["batch_cut_into"] for event in trained.curve} == {4}
    assert np.isfinite(trained.probabilities).all()


def _refuse_more_than_four(network: torch.nn.Module, given: tuple[torch.Tensor]) -> None:
    if network.training and len(given[0]) > 4:
        raise torch.OutOfMemoryError("planted")


def test_no_number_keeps_the_last_good_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)
    plain, calls = take_step, iter(range(99))

    def spoilt(*given: Any) -> torch.Tensor:
        loss = plain(*given)
        return loss * torch.nan if next(calls) == 3 else loss

    monkeypatch.setattr(train_net, "take_step", spoilt)
    with pytest.raises(Diverged):
        train(snapshot, replace(SMALL, batch=8), tmp_path / "model")
    kept = load_checkpoint(tmp_path / "model", "progress-0")
    assert kept is not None
    assert len(kept[1]["events"]) >= 1
    assert all(np.isfinite(value).all() for value in kept[0].values())


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=60)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ml"]
    command += [str(snapshot.folder), str(tmp_path / "model"), "--recipe"]
    command.append(str(recipe_file(tmp_path, epochs=12, width=8, lr=0.01)))
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert json.loads(ended.stdout.strip().splitlines()[-1])["accuracy"] > 0.6
    probabilities, _ = predict(tmp_path / "model", files=[snapshot.path_of(row) for row in snapshot.rows[:6]])
    assert (probabilities.argmax(axis=1) == [0, 1, 2, 0, 1, 2]).mean() > 0.6
