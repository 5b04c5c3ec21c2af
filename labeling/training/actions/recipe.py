"""How this machine trains."""

from dataclasses import replace

import torch

from labeling.training.models import Speed
from ml.train import DEFAULT_RECIPES, Recipe


def recipe_for(kind: str, speed: str = Speed.DEEP) -> Recipe:
    """The recipe for a kind of snapshot ("image" or "audio"), on the GPU where there is one; for a refit, a head."""
    recipe = DEFAULT_RECIPES[kind]
    if speed == Speed.WARM and recipe.kind != "head":
        recipe = Recipe(kind="head", seed=recipe.seed)
    return replace(recipe, device="cuda" if torch.cuda.is_available() else "cpu")
