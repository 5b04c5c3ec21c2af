"""How this machine trains."""

from dataclasses import replace

import torch

from ml.train import DEFAULT_RECIPES, Recipe


def recipe_for(kind: str) -> Recipe:
    """The recipe for a kind of snapshot ("image" or "audio"), on the GPU where there is one."""
    return replace(DEFAULT_RECIPES[kind], device="cuda" if torch.cuda.is_available() else "cpu")
