"""Which values of a recipe an owner may set, for which kinds, and how far."""

from collections.abc import Mapping
from dataclasses import dataclass

from labeling.errors import BadInput
from ml.losses import LOSSES
from ml.recipe import Recipe

PICTURES = ("image_cnn", "image_transfer")
NETWORKS = (*PICTURES, "audio_cnn", "audio_gru")
EVERY = ("head", *NETWORKS)


@dataclass(frozen=True)
class Tool:
    """A value of `ml.recipe.Recipe` between two bounds, or one of some words."""

    kinds: tuple[str, ...]
    least: float = 0.0
    most: float = 1.0
    words: tuple[str, ...] = ()


TOOLS = {
    "balance": Tool(EVERY),
    "sampling": Tool(NETWORKS),
    "loss": Tool(NETWORKS, words=LOSSES),
    "smoothing": Tool(NETWORKS, most=0.5),
    "dropout": Tool(NETWORKS, most=0.9),
    "weight_decay": Tool(NETWORKS),
    "averaging": Tool(NETWORKS, most=0.999),
    "patience": Tool(NETWORKS, most=100),
    "epochs": Tool(NETWORKS, least=1, most=500),
    "lr": Tool(NETWORKS, least=1e-5, most=0.1),
    "size": Tool(PICTURES, least=16, most=256),
    "seconds": Tool(("audio_cnn",), least=0.1, most=30),
}


def tools_for(kind: str) -> list[str]:
    """The names that mean something to a kind of recipe."""
    return [name for name, tool in TOOLS.items() if kind in tool.kinds]


def checked(said: Mapping[str, object]) -> dict[str, object]:
    """The same values, each within its bounds, whatever the kind that is chosen; BadInput with `tool_<name>`."""
    return {name: _checked(name, value) for name, value in said.items()}


def _checked(name: str, value: object) -> object:
    field = f"tool_{name}"
    if name not in TOOLS:
        raise BadInput(f"There is no such value of a recipe: {name!r}.", field="tools")
    tool, usual = TOOLS[name], getattr(Recipe(), name)
    if tool.words:
        if value not in tool.words:
            raise BadInput(f"It is one of {', '.join(tool.words)}.", field=field)
        return value
    if isinstance(value, bool) or not isinstance(value, int | float) or not tool.least <= value <= tool.most:
        raise BadInput(f"It is a number from {tool.least:g} to {tool.most:g}.", field=field)
    if isinstance(usual, int) and value != int(value):
        raise BadInput("It is a whole number.", field=field)
    return type(usual)(value)
