"""Several models of one recipe, and what they say together: what one student learns from, who then serves alone.

The members differ by their seed (Lakshminarayanan et al. 2017, arXiv:1612.01474): other landmarks or other first
weights, and another order. The student learns from people's posteriors p and the mean q of the members' calibrated
probabilities (Hinton et al. 2015, arXiv:1503.02531, eq. 4 at temperature 1):

    target = (1 - TAUGHT) p + TAUGHT q

Of a row learnt from, q comes from members that never saw it. They saw the others' labels, though, which the student
meets again in q: its figures out of fold, and the temperature fitted on them, are rosy. It is the held-out rows that
judge it.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from ml import parallel
from ml.calibration import fit_temperature
from ml.checkpoint import load_checkpoint, save_checkpoint
from ml.head import Doubles
from ml.inputs import Inputs
from ml.part import Fitted, Part
from ml.recipe import Progress, Recipe, Stop

TAUGHT = 0.5  # the members' share of the student's targets: as much as people's; not tuned

Fitter = Callable[[Inputs, Part, Recipe, Path, str, Progress, Stop], Fitted]


def taught(part: Part, together: Doubles) -> Part:
    """The part with the student's targets; `together` (N, K) is what the members say of every row."""
    return replace(part, targets=(1 - TAUGHT) * part.targets + TAUGHT * together[part.rows])


def members_say(
    fitter: Fitter, inputs: Inputs, part: Part, recipe: Recipe, out_dir: Path, key: str, report: Progress, stop: Stop
) -> Doubles:
    """Mean probabilities (N, K) of `recipe.members` models; rows learnt from are told by those that never saw them.

    Each member is kept in `out_dir` once it is done, so that a killed run goes on with the next.
    """
    total = np.zeros((len(inputs), part.targets.shape[1]))
    for member in range(1, recipe.members + 1):
        own = replace(recipe, seed=recipe.seed + member, members=0)

        def marked(event: dict[str, Any], member: int = member) -> None:
            report({**event, "member": member, "members": recipe.members})

        total += _one(fitter, inputs, part, own, out_dir, key, f"member-{member}", marked, stop)
    return total / recipe.members


def forget_members(out_dir: Path) -> None:
    """Remove what was kept of them: the student serves alone."""
    for stale in out_dir.glob("member-*"):
        stale.unlink()


def _one(
    fitter: Fitter, inputs: Inputs, part: Part, recipe: Recipe, out_dir: Path, key: str, name: str, report: Progress,
    stop: Stop,
) -> npt.NDArray[np.float32]:  # fmt: skip
    """What one member says of every row, (N, K), made or as it was kept."""
    own_key = f"{key} {json.dumps(recipe.to_json(), sort_keys=True)}"
    found = load_checkpoint(out_dir, name)
    if found is not None and found[1]["key"] == own_key:
        kept: npt.NDArray[np.float32] = found[0]["probabilities"]
        return kept
    fitted = fitter(inputs, part, recipe, out_dir, key, report, stop)
    logits = fitted.logits.copy()
    logits[part.rows] = fitted.out_of_fold
    temperature = fit_temperature(fitted.out_of_fold, part.targets, part.weights)
    said: npt.NDArray[np.float32] = softmax(logits / temperature, axis=1).astype(np.float32)
    if parallel.rank() == 0:
        save_checkpoint(out_dir, name, {"probabilities": said}, {"key": own_key})
    parallel.wait()
    return said
