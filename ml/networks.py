"""A recipe's network, on its device, its random weights decided by the seed alone."""

import torch

from ml.head import Doubles
from ml.layout import layout
from ml.models import Maker, Network, audio_cnn, audio_gru, image_cnn
from ml.recipe import Recipe
from ml.transfer import image_transfer

NETWORKS: dict[str, Maker] = {
    "image_cnn": image_cnn,
    "image_transfer": image_transfer,
    "audio_cnn": audio_cnn,
    "audio_gru": audio_gru,
}


def build(recipe: Recipe, prior: Doubles) -> Network:
    """A fresh network for log class shares `prior` (K,)."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        network = NETWORKS[recipe.kind](recipe, torch.from_numpy(prior).float())
    return network.to(device=recipe.device, memory_format=layout(recipe.device))  # type: ignore[call-overload,no-any-return]
