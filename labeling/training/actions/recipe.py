"""How this machine trains, with the owner's say."""

from dataclasses import fields, replace
from typing import Any

import torch

from labeling.training.actions.tools import tools_for
from labeling.training.models import RetrainPolicy, Speed
from ml.recipe import NETWORKS
from ml.train import Augment, Recipe, usual_recipe

SUREST = 0.5  # share of the open items of each class that a head says; 0.3 and 0.7 do about as well


def recipe_for(
    kind: str, speed: str = Speed.DEEP, policy: RetrainPolicy | None = None, feature_version: str = ""
) -> Recipe:
    """The recipe for a kind of snapshot ("image" or "audio"), on the GPU where there is one; for a refit, a head."""
    recipe = usual_recipe(kind, feature_version)
    if policy is not None and policy.recipe_kind and policy.recipe_kind != recipe.kind:
        recipe = NETWORKS.get(policy.recipe_kind, Recipe(kind=policy.recipe_kind, seed=recipe.seed))
    if policy is not None and policy.tools:
        known = tools_for(recipe.kind)
        recipe = replace(recipe, **{name: value for name, value in policy.tools.items() if name in known})
    if policy is not None and policy.augment:
        recipe = replace(recipe, augment=_allowed(recipe.augment, policy.augment))
    if policy is not None and policy.unlabelled and recipe.kind == "head" and kind == "audio":
        recipe = replace(recipe, unlabelled=SUREST)
    if policy is not None and speed == Speed.DEEP:
        recipe = replace(recipe, members=policy.members)
    if speed == Speed.WARM and recipe.kind != "head":
        usual = usual_recipe(kind, feature_version)
        recipe = usual if usual.kind == "head" else Recipe(kind="head", seed=usual.seed)
    return replace(recipe, device="cuda" if torch.cuda.is_available() else "cpu")


def _allowed(usual: Augment, said: dict[str, Any]) -> Augment:
    """The recipe's augmentation as far as the owner allows it; what the owner says of unknown kinds is passed over."""
    known = {field.name for field in fields(usual)}
    return replace(usual, **{name: value for name, value in said.items() if name in known})
