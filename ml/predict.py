"""What a saved model says of new items."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from scipy.special import log_softmax, softmax

from ml.checkpoint import load_checkpoint
from ml.head import LinearHead
from ml.inputs import Inputs, read_files, vectors
from ml.kernel import saved_kernel
from ml.networks import build
from ml.recipe import Recipe
from ml.train_net import as_tensor, predict_net

Array = npt.NDArray[np.float32]


def predict(
    model_dir: Path,
    *,
    features: Inputs | None = None,
    files: Sequence[Path] = (),
    priors: Sequence[float] | None = None,
    device: str | None = None,
) -> tuple[Array, Array]:
    """Calibrated probabilities (N, K) and embeddings (N, E) of features as trained on, or of files.

    `priors` (K,) are the class shares expected where the model is used. Rows of files that cannot be read are NaN.
    Raises FileNotFoundError where no whole model is there.
    """
    found = load_checkpoint(model_dir, "model")
    if found is None:
        raise FileNotFoundError(f"There is no whole model in {model_dir}.")
    tensors, about = found
    recipe = Recipe.from_json({**about["recipe"], **({"device": device} if device else {})})
    bad: list[int] = []
    if features is None:
        features, bad = read_files(files, about["media"], recipe, lambda done, total: None, lambda: False)
    if recipe.kind == "head":
        embeddings = vectors(features)
        near = embeddings
        if recipe.landmarks:
            near = saved_kernel(tensors["landmarks"], about, recipe.frames, tensors.get("scale"))(embeddings)
        logits = LinearHead(tensors["weight"], tensors["bias"]).logits(near)
    else:
        network = build(recipe, np.array(about["prior"]))
        network.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
        logits, embeddings = predict_net(network, as_tensor(features), recipe)
    scaled = log_softmax(logits / about["temperature"], axis=1)
    if priors is not None:  # Saerens et al. 2002: divide by the prior learnt with, multiply by the one expected
        scaled += np.log(np.maximum(priors, 1e-9)) - np.log(about["prior"])
    probabilities = softmax(scaled, axis=1).astype(np.float32)
    probabilities[bad] = np.nan
    return probabilities, embeddings
