"""Each check of a preflight passes what is sound, and catches a fault planted for it."""

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

from ml import ridge
from ml.models import Network
from ml.networks import build
from ml.preflight import (
    Check,
    Verdict,
    check_blind,
    check_declared_apart,
    check_first_loss,
    check_gradients,
    check_groups_apart,
    check_head,
    check_items_apart,
    check_overfit,
    check_seeds,
    check_sources,
    preflight,
)
from ml.preflight.head import fit_logits
from ml.preflight.samples import save_samples
from ml.recipe import Recipe
from ml.snapshot import Row
from ml.versions import STAGES, STAGES_SIZE
from tests.ml.test_training import SMALL, blobs, pictures

SHARES = torch.tensor([0.5, 0.25, 0.25])
TARGETS = torch.eye(3)[[0, 1, 2, 0]]
SOUND, FAULTY = Verdict.PASSED, Verdict.FAILED


def inputs() -> Tensor:
    """Four small pictures."""
    return torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def fresh() -> Network:
    """A sound network, the same each time."""
    return build(Recipe(kind="image_cnn", width=4), np.log(SHARES.double().numpy()))


def without_zero_weights() -> nn.Module:
    """Its output weights are drawn large."""
    network = fresh()
    nn.init.normal_(network.last.weight, std=50, generator=torch.Generator().manual_seed(0))
    return network


def without_bias() -> nn.Module:
    """Its bias knows nothing of the classes' shares."""
    network = fresh()
    nn.init.zeros_(network.last.bias)
    return network


class Frozen(nn.Module):
    """Nothing in it can be learnt but one number."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.zeros(3))

    def forward(self, batch: Tensor) -> Tensor:
        """The same logits for every example."""
        return self.level.expand(len(batch), 3)


class Leaking(nn.Module):
    """Takes the batch's mean away: every example reaches every other."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = fresh()

    def forward(self, batch: Tensor) -> Tensor:
        """Logits that depend on the neighbours."""
        logits: Tensor = self.inner(batch - 0.9 * batch.mean(dim=0, keepdim=True))
        return logits


@pytest.mark.parametrize(("make", "verdict"), [(fresh, SOUND), (without_zero_weights, FAULTY), (without_bias, FAULTY)])
def test_the_first_loss(make: Callable[[], nn.Module], verdict: Verdict) -> None:
    uneven = TARGETS[[0, 0, 0, 1]]
    assert check_first_loss(make, inputs(), uneven, SHARES).verdict is verdict


@pytest.mark.parametrize(("make", "verdict"), [(fresh, SOUND), (Frozen, FAULTY)])
def test_one_batch_by_heart(make: Callable[[], nn.Module], verdict: Verdict) -> None:
    assert check_overfit(make, inputs(), TARGETS).verdict is verdict


def test_soft_targets_are_learnt_down_to_their_entropy() -> None:
    soft = 0.7 * TARGETS + 0.1
    check = check_overfit(fresh, inputs(), soft)
    assert check.verdict is SOUND
    assert "0.639" in check.expectation  # -0.8 ln 0.8 - 2 * 0.1 ln 0.1


def test_input_matters_unless_it_got_lost_on_its_way() -> None:
    assert check_blind(fresh, inputs(), TARGETS).verdict is SOUND
    assert check_blind(fresh, torch.zeros(4, 3, 16, 16), TARGETS).verdict is FAULTY


@pytest.mark.parametrize(("make", "verdict"), [(fresh, SOUND), (Leaking, FAULTY), (Frozen, FAULTY)])
def test_examples_are_apart(make: Callable[[], nn.Module], verdict: Verdict) -> None:
    assert check_gradients(make, inputs()).verdict is verdict


def test_seeds_repeat_or_are_caught() -> None:
    counter = itertools.count()
    assert check_seeds(lambda: [1.0, 0.9]).verdict is SOUND
    assert check_seeds(lambda: [1.0, 0.9 + 1e-9 * next(counter)]).verdict is FAULTY


def rows() -> list[Row]:
    """Six items of three speakers; the last two are held out."""
    sure = (1.0, 0.0)
    return [Row(str(at), f"{at}.png", f"hash{at}", sure, "train" if at < 4 else "heldout", f"g{at}") for at in range(6)]


def test_an_item_on_both_sides_is_named() -> None:
    assert check_items_apart(rows()).verdict is SOUND
    torn = [*rows(), replace(rows()[0], id="7", split="heldout")]
    check = check_items_apart(torn)
    assert check.verdict is FAULTY
    assert "hash0" in check.detail
    assert check_items_apart([*rows(), replace(rows()[0], id="8", split="open")]).verdict is SOUND


def test_an_item_in_two_folds_is_caught() -> None:
    first = rows()[0]
    others = [replace(first, id=f"twin{at}", group=f"x{at}") for at in range(20)]
    torn = [*rows(), next(other for other in others if other.bucket % 5 != first.bucket % 5)]
    assert check_items_apart(torn, folds=5).verdict is FAULTY


def test_a_group_on_both_sides_is_caught() -> None:
    torn = [*rows()[:-1], replace(rows()[-1], group="g0")]
    assert check_groups_apart(rows()).verdict is SOUND
    assert check_groups_apart(torn).verdict is FAULTY


def test_a_speaker_on_both_sides_is_caught() -> None:
    assert check_declared_apart(rows(), "speaker", ["a", "a", "b", "b", "c", "c"]).verdict is SOUND
    check = check_declared_apart(rows(), "speaker", ["a", "a", "b", "b", "b", "c"])
    assert check.verdict is FAULTY
    assert check.name == "Speaker apart"


@pytest.mark.parametrize(
    ("sources", "verdict"), [(["a", "b"], SOUND), (["a", "a"], Verdict.WARNED), ([], Verdict.WARNED)]
)
def test_a_single_source_is_a_warning(sources: list[str], verdict: Verdict) -> None:
    assert check_sources(sources).verdict is verdict


def by_name(checks: list[Check]) -> dict[str, Verdict]:
    """Verdicts by the check's name."""
    return {check.name: check.verdict for check in checks}


def test_a_head_s_checks_and_their_faults() -> None:
    random = np.random.default_rng(0)
    labels = np.arange(60) % 3
    features = (random.normal(size=(60, 20)) + 4 * np.eye(3, 20)[labels]).astype(np.float32)
    targets, weights = np.eye(3)[labels], np.ones(60)
    assert set(by_name(check_head(features, targets, weights)).values()) == {SOUND}
    lost = by_name(check_head(np.zeros_like(features), targets, weights))
    assert lost["Input matters"] is FAULTY
    assert lost["One batch by heart"] is FAULTY
    biased = check_head(features, targets, weights, lambda *given: fit_logits(*given) + np.array([3.0, 0, 0]))
    assert by_name(biased)["Loss at the start"] is FAULTY
    shaky = check_head(features, targets, weights, lambda *given: fit_logits(*given) + 1e-9 * random.normal())
    assert by_name(shaky)["Same data, same fit"] is FAULTY


def test_the_usual_head_of_pictures_is_checked_by_its_own_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Least squares on the kernel, with unequal classes; one whose kernel tells nothing apart is caught."""
    snapshot, recipe = blobs(tmp_path / "snapshot"), Recipe(landmarks=150, ridge=True, folds=20)
    checks = preflight(snapshot, recipe, tmp_path / "shown").checks
    assert [check.name for check in checks if check.verdict is FAULTY] == ["What enters"], checks
    monkeypatch.setattr(ridge, "_whitened", lambda rows, back: np.zeros_like(rows))
    broken = preflight(snapshot, recipe, tmp_path / "shown").checks
    assert {"One batch by heart", "Input matters"} <= {check.name for check in broken if check.verdict is FAULTY}


def test_a_network_s_preflight_passes_and_shows_what_enters(tmp_path: Path) -> None:
    found = preflight(pictures(tmp_path / "snapshot"), SMALL, tmp_path / "shown", sources=["a"] * 24 + ["b"] * 24)
    assert found.passed, found.reason
    assert len(found.checks) == 9
    assert {check.verdict for check in found.checks} == {SOUND}
    assert len(found.samples) == 16
    assert all((tmp_path / "shown" / sample.picture).stat().st_size for sample in found.samples)
    assert all((tmp_path / "shown" / sample.changed).stat().st_size for sample in found.samples)
    assert found.to_json()["checks"][0]["verdict"] == "passed"


def test_a_head_s_preflight_on_stored_features(tmp_path: Path) -> None:
    """The files are gone, so nothing can be shown, and that is said."""
    found = preflight(blobs(tmp_path / "snapshot"), Recipe(), tmp_path / "shown")
    assert not found.passed
    assert "What enters" in found.reason
    assert [check.name for check in found.checks if check.verdict is FAULTY] == ["What enters"]


def test_pictures_that_lost_their_content_stop_the_run(tmp_path: Path) -> None:
    """A loader that hands over one and the same picture is noticed before anything is trained."""
    snapshot = pictures(tmp_path / "snapshot")
    for row in snapshot.rows:
        (tmp_path / "snapshot" / row.path).write_bytes((tmp_path / "snapshot" / snapshot.rows[0].path).read_bytes())
    found = preflight(snapshot, SMALL, tmp_path / "shown")
    failed = {check.name for check in found.checks if check.verdict is FAULTY}
    assert failed == {"One batch by heart", "Input matters"}
    assert "Preflight:" in found.reason


def test_what_is_shown_of_rich_features_is_as_large_as_what_they_see(tmp_path: Path) -> None:
    snapshot = replace(pictures(tmp_path / "snapshot"), feature_version=STAGES)
    _, (sample, *_rest) = save_samples(snapshot, snapshot.rows[:2], Recipe(), tmp_path / "shown")
    with Image.open(tmp_path / "shown" / sample.picture) as shown:
        assert shown.size == (STAGES_SIZE, STAGES_SIZE)
