"""What a training is asked to do, and what it hands back."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.head import Doubles
from ml.versions import FRAMES, SPEECH

Progress = Callable[[dict[str, Any]], None]
Stop = Callable[[], bool]

KINDS = ("head", "image_cnn", "image_transfer", "audio_cnn", "audio_gru")
BORDERS = ("constant", "edge", "reflect", "symmetric", "wrap")


class CannotTrain(ValueError):
    """There is too little to learn from; `reason` is one plain sentence for the owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Diverged(CannotTrain):
    """The loss stopped being a number; the last good state is kept in the folder."""


class Stopped(Exception):
    """Training was asked to stop; what was done so far is kept and a second call goes on from there."""


@dataclass(frozen=True)
class Augment:
    """How far an example may be changed and still be of its class; zero or False switches a change off.

    What the owner allows is said by `ml.augment.allowed`; mixing, masking and noise keep any class.
    """

    shift: float = 0.08  # share of the width or of time
    rotate: float = 10.0  # degrees, pictures only
    scale: float = 0.10  # pictures: size; sounds: speed
    crop: float = 0.0  # pictures: largest share of a side cut away, the rest enlarged
    flip: bool = False  # left and right, pictures only: a flipped digit is another digit
    noise: float = 0.05  # standard deviations of the input
    colour: float = 0.0  # pictures: brightness, contrast and saturation, largest share up or down
    border: str = "edge"  # what lies outside, pictures and time: one of BORDERS
    warp: float = 0.15  # sounds: length of the vocal tract, share of the mel axis
    gain: float = 0.0  # sounds: tilt of the spectrum by microphone and room, nats
    background: float = 0.0  # sounds: share of examples with another one of the batch, 1 to 4 nats lower, beneath
    mask: float = 0.20  # sounds: largest masked share of time and of frequency (SpecAugment)
    mix: float = 0.0  # Beta parameter of mixup


@dataclass(frozen=True)
class Recipe:
    """One way to train; saved beside the weights, so that a model can be made again."""

    kind: str = "head"
    folds: int = 5
    seed: int = 0
    epochs: int = 30
    batch: int = 64
    lr: float = 4e-3  # peak of the one-cycle schedule
    weight_decay: float = 0.02
    smoothing: float = 0.05  # of targets, nets only
    loss: str = "entropy"  # or "cosine", nets only
    dropout: float = 0.0  # before the last layer, nets only
    balance: float = 0.0  # classes weigh as their count to the power of minus this: 0 as they are, 1 all alike
    sampling: float = 0.0  # the same power for how often a class is drawn, nets only
    averaging: float = 0.0  # decay of the average of weights that is kept in the end; 0 keeps the last, nets only
    patience: int = 0  # epochs without a better validation loss before a fold ends; 0 goes to the end, nets only
    landmarks: int = 0  # of the head's kernel; 0 is a linear head
    backbone: str = ""  # features of a head, a name of ml.versions; empty are the usual ones of its kind of item
    unlabelled: float = 0.0  # share of open items that a head learns from, the surest it says of each class itself
    frames: int = 0  # of which features consist where the kernel aligns them in time; 0 where not
    ridge: bool = False  # kernel heads: least squares in place of logistic regression
    width: int = 32  # channels of the first stage
    size: int = 32  # px, pictures of image_cnn and image_transfer
    unfrozen: int = 4  # blocks of image_transfer that learn, counted from the top
    seconds: float = 1.0  # loudest window of sounds; audio_gru takes all of a sound
    augment: Augment = field(default_factory=Augment)
    members: int = 0  # models of other seeds that teach the one that is kept (ml.ensemble); 0 learns from people alone
    device: str = "cpu"
    half: bool = False  # bfloat16 where it is safe (torch.autocast)
    compile: str = ""  # backend of torch.compile; empty runs as written

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Recipe":
        """The recipe that `to_json` wrote."""
        return cls(**{**values, "augment": Augment(**values["augment"])})


DEFAULT_RECIPES: dict[str, Recipe] = {
    # Twenty folds cost least squares little, and each is left out of a model that learnt from 95 % in place of 80 %.
    "image": Recipe(kind="head", landmarks=1500, ridge=True, folds=20),
    "audio": Recipe(kind="head", landmarks=1500, frames=FRAMES // 2),  # better than small nets on unseen speakers
}

# Other kinds, where they differ from what stands above: a packaged network sees what it was made for.
NETWORKS: dict[str, Recipe] = {"image_transfer": Recipe(kind="image_transfer", size=112)}

# A pretrained embedding needs no kernel: nearness to landmarks tells unseen speakers' words no better.
HEADS: dict[str, Recipe] = {SPEECH: Recipe(kind="head", backbone=SPEECH)}


def usual_recipe(kind: str, feature_version: str = "") -> Recipe:
    """How items of a kind ("image" or "audio") are learnt from these features unless somebody says otherwise."""
    return HEADS.get(feature_version, DEFAULT_RECIPES[kind])


@dataclass(frozen=True)
class Trained:
    """A finished training: N rows of the snapshot in its order, K classes.

    `probabilities` (N, K) are calibrated; those of training rows come from models that never saw the row or its group
    (`out_of_fold`), those of held-out and open rows from the final model. Rows whose file could not be read are NaN.
    """

    folder: Path
    classes: tuple[str, ...]
    recipe: Recipe
    probabilities: npt.NDArray[np.float32]
    out_of_fold: npt.NDArray[np.bool_]
    embeddings: npt.NDArray[np.float32]  # (N, E), the last hidden layer
    temperature: float
    accuracy: float  # out of fold, against the most probable class of the targets
    nll: float  # out of fold, nats an item, after temperature
    prior: Doubles  # (K,) shares of the classes in training
    curve: tuple[dict[str, Any], ...]
    notes: tuple[str, ...]
    seconds: float
    together: Doubles | None = None  # (N, K) what the members said on average, where there were any
