"""A killed training, too little memory, several processes: the model comes out all the same."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch

from ml import parallel, train_net
from ml.checkpoint import load_checkpoint
from ml.memory import in_pieces
from ml.models import Convolutional
from ml.networks import build
from ml.predict import predict
from ml.preflight import preflight, run
from ml.step import take_step
from ml.train import Diverged, train
from ml.train_net import predict_net
from tests.ml.test_steps import PLAIN, job_of, plain_state
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


# One of the processes that share a batch; where told so, its first try does not fit into memory.
SHARING = """
import sys
import numpy as np
import torch
from ml import parallel
from tests.ml.test_survival import steps_of
with parallel.together("cpu"):
    np.savez(sys.argv[1], **steps_of(poor=sys.argv[2] == "poor"))
"""


def steps_of(*, poor: bool = False) -> dict[str, Any]:
    """Weights after three steps on this process's share of twelve pictures, and into how many parts it was cut."""
    torch.manual_seed(0)
    recipe = replace(PLAIN, lr=0.01)
    inputs = torch.randint(0, 255, (12, 8, 8, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    job = job_of(recipe, np.eye(2)[np.arange(12) % 2], np.arange(1, 13), inputs)
    state = plain_state(recipe)
    if poor:
        state.network.register_forward_pre_hook(_refuse_more_than_four)
    losses = [take_step(job, state, parallel.share(np.arange(12)), torch.Generator()).item() for _ in range(3)]
    weights = {name: value.numpy() for name, value in state.network.state_dict().items()}
    return {**weights, "losses": np.array(losses), "pieces": np.array(state.pieces)}


def test_processes_take_the_steps_of_one_and_cut_together_where_one_has_too_little_memory(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        where = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": "2"}
    shares = [
        subprocess.Popen(
            [sys.executable, "-c", SHARING, str(tmp_path / f"{rank}.npz"), "poor" if rank else "rich"],
            env={**ENVIRONMENT, **where, "RANK": str(rank)},
        )
        for rank in range(2)
    ]
    alone = steps_of()
    try:
        assert [share.wait(PATIENCE) for share in shares] == [0, 0]
    finally:
        for share in shares:
            share.kill()
    made = [np.load(tmp_path / f"{rank}.npz") for rank in range(2)]
    assert [int(each["pieces"]) for each in made] == [2, 2]
    for name in alone.keys() - {"pieces"}:
        assert np.array_equal(made[0][name], made[1][name]), name
        assert np.allclose(made[0][name], alone[name], atol=1e-5), name


def test_work_is_cut_until_it_fits_and_one_alone_that_does_not_is_refused() -> None:
    def small(start: int, end: int) -> list[int]:
        if end - start > 3:
            raise torch.OutOfMemoryError("planted")
        return list(range(start, end))

    assert [at for piece in in_pieces(11, 8, small) for at in piece] == list(range(11))

    def none(*_: int) -> None:
        raise torch.OutOfMemoryError("planted")

    with pytest.raises(torch.OutOfMemoryError):
        list(in_pieces(2, 2, none))


def test_prediction_and_preflight_make_do_with_little_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)

    def small(*given: Any) -> Any:
        network = build(*given)
        network.register_forward_pre_hook(_refuse_more_than_four)
        cast(Convolutional, network).trunk.register_forward_pre_hook(_refuse_more_than_six)
        return network

    monkeypatch.setattr(run, "build", small)
    monkeypatch.setattr(train_net, "build", small)
    assert len(preflight(snapshot, SMALL, tmp_path / "shown").checks) > 5
    logits, _ = predict_net(small(SMALL, np.zeros(3)), torch.zeros(20, 16, 16, 3, dtype=torch.uint8), SMALL)
    assert logits.shape == (20, 3)


def _refuse_more_than_six(_trunk: torch.nn.Module, given: tuple[torch.Tensor]) -> None:
    if len(given[0]) > 6:
        raise torch.OutOfMemoryError("planted")


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    snapshot = pictures(tmp_path / "snapshot", items=24)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m", "ml"]
    command += [str(snapshot.folder), str(tmp_path / "model"), "--recipe"]
    command.append(str(recipe_file(tmp_path, epochs=2)))
    ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert json.loads(ended.stdout.strip().splitlines()[-1])["accuracy"] >= 0
    probabilities, _ = predict(tmp_path / "model", files=[snapshot.path_of(row) for row in snapshot.rows[:6]])
    assert np.isfinite(probabilities).all()
