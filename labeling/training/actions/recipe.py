"""How this machine trains, with the owner's say."""

from dataclasses import fields, replace
from typing import Any

import torch

from labeling.training.models import RetrainPolicy, Speed
from ml.train import DEFAULT_RECIPES, Augment, Recipe


def recipe_for(kind: str, speed: str = Speed.DEEP, policy: RetrainPolicy | None = None) -> Recipe:
    """The recipe for a kind of snapshot ("image" or "audio"), on the GPU where there is one; for a refit, a head."""
    recipe = DEFAULT_RECIPES[kind]
    if policy is not None and policy.recipe_kind and policy.recipe_kind != recipe.kind:
        recipe = Recipe(kind=policy.recipe_kind, seed=recipe.seed)
    if policy is not None and policy.augment:
        recipe = replace(recipe, augment=_allowed(recipe.augment, policy.augment))
    if policy is not None and speed == Speed.DEEP:
        recipe = replace(recipe, members=policy.members)
    if speed == Speed.WARM and recipe.kind != "head":
        usual = DEFAULT_RECIPES[kind]
        recipe = usual if usual.kind == "head" else Recipe(kind="head", seed=usual.seed)
    return replace(recipe, device="cuda" if torch.cuda.is_available() else "cpu")


def _allowed(usual: Augment, said: dict[str, Any]) -> Augment:
    """The recipe's augmentation as far as the owner allows it; what the owner says of unknown kinds is passed over."""
    known = {field.name for field in fields(usual)}
    return replace(usual, **{name: value for name, value in said.items() if name in known})
