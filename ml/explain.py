"""Why a saved model says what it says of a few files: the picture it saw, with what speaks for a class marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml.backbone import fit, picture_features
from ml.checkpoint import Tensors, load_checkpoint
from ml.data import Samples, Unreadable, decode_audio, decode_image
from ml.features import RATE, STAGES, log_mel, sound_features, stage_features, whole_log_mel, windowed
from ml.head import Array, Doubles, LinearHead
from ml.inputs import loudest_part
from ml.kernel import saved_kernel
from ml.models import Network
from ml.networks import build
from ml.recipe import Recipe, Stop, Stopped
from ml.saliency import Heat, frames_hidden, network_maps, occlusion, overlay, spectrum_picture
from ml.speech import embedded, spectrum
from ml.speech_files import Ear, load_ear
from ml.step import to_floats
from ml.train_net import predict_net
from ml.versions import SPEECH, seen_size

PATCHES = 7  # along each side of a picture, of which one is hidden at once
SPEECH_PATCH = 8  # bands and frames hidden at once of what a speech embedding hears: each patch costs a hearing


@dataclass(frozen=True)
class Explained:
    """One file: a PNG to show, and the heat (H, W) behind it."""

    png: bytes
    heat: Heat


@dataclass(frozen=True)
class Loaded:
    """A saved model."""

    recipe: Recipe
    tensors: Tensors
    about: dict[str, Any]

    def network(self) -> Network:
        """The trained network, on the CPU."""
        network = build(self.recipe, np.array(self.about["prior"]))
        network.load_state_dict({name: torch.from_numpy(value) for name, value in self.tensors.items()})
        return network

    def head_logits(self, features: Array) -> Doubles:
        """(N, D) features to logits (N, K)."""
        linear = LinearHead(self.tensors["weight"], self.tensors["bias"])
        if not self.recipe.landmarks:
            return linear.logits(features)
        scale = self.tensors.get("scale")
        kernel = saved_kernel(self.tensors["landmarks"], self.about, self.recipe.frames, scale)
        return linear.logits(kernel(features))

    def picture_logits(self, pictures: Array) -> Doubles:
        """(B, 3, H, W) of 0..255 to logits (B, K), through the features that the model was made for."""
        seen = list(pictures.transpose(0, 2, 3, 1).astype(np.uint8))
        rich = self.about["feature_version"] == STAGES
        return self.head_logits(stage_features(seen) if rich else picture_features(seen))


def explain(
    model_dir: Path, files: Sequence[Path], chosen: Sequence[int], should_stop: Stop = lambda: False
) -> list[Explained | None]:
    """For each file the places that speak for the class given with it (by position); None where it cannot be read.

    Raises FileNotFoundError where no whole model is there, and Stopped.
    """
    found = load_checkpoint(model_dir, "model")
    if found is None:
        raise FileNotFoundError(f"There is no whole model in {model_dir}.")
    tensors, about = found
    model = Loaded(Recipe.from_json({**about["recipe"], "device": "cpu"}), tensors, about)
    return [_explained(model, path, each, should_stop) for path, each in zip(files, chosen, strict=True)]


def _explained(model: Loaded, path: Path, chosen: int, should_stop: Stop) -> Explained | None:
    if should_stop():
        raise Stopped
    try:
        data = path.read_bytes()
        return _picture(model, data, chosen) if model.about["media"] == "image" else _sound(model, data, chosen)
    except (Unreadable, OSError):
        return None


def _picture(model: Loaded, data: bytes, chosen: int) -> Explained:
    picture = decode_image(data)
    if model.recipe.kind == "head":
        seen = fit(picture, side := seen_size(model.about["feature_version"]))
        patch = side // PATCHES
        heat = occlusion(model.picture_logits, seen.transpose(2, 0, 1).astype(np.float32), chosen, patch, patch)
    else:
        seen = fit(picture, model.recipe.size)
        heat = network_maps(model.network(), to_floats(torch.from_numpy(seen[None].copy()), model.recipe), [chosen])[0]
    return Explained(overlay(seen, heat), heat)


def _sound(model: Loaded, data: bytes, chosen: int) -> Explained:
    """The log-mel picture with low bands at the bottom, time from left to right."""
    samples, rate = decode_audio(data)
    if model.recipe.kind == "head" and model.recipe.backbone == SPEECH:
        return _speech(model, samples, rate, chosen)
    if model.recipe.kind == "audio_gru":
        picture = whole_log_mel(loudest_part(samples, rate), rate)
    else:
        picture = log_mel(samples, rate, seconds=model.recipe.seconds)
    if model.recipe.kind == "head":
        heat = occlusion(lambda batch: model.head_logits(sound_features(list(batch))), picture, chosen)
    else:
        heat = _heard(model, picture, chosen)
    upright = np.ascontiguousarray(heat[::-1])
    return Explained(overlay(spectrum_picture(picture), upright), upright)


def _speech(model: Loaded, samples: Samples, rate: int, chosen: int) -> Explained:
    """The loudest window, as the embedding hears it, silence around it included."""
    ear = load_ear()
    picture = spectrum(windowed(samples, rate, seconds=model.recipe.seconds), RATE, ear).T[None]
    hear = partial(_hear, model, ear)
    heat = occlusion(hear, np.ascontiguousarray(picture), chosen, SPEECH_PATCH, SPEECH_PATCH)
    upright = np.ascontiguousarray(heat[::-1])
    return Explained(overlay(spectrum_picture(picture), upright), upright)


def _hear(model: Loaded, ear: Ear, batch: Array) -> Doubles:
    """(B, 1, bands, T) to logits (B, K)."""
    return model.head_logits(np.stack([embedded(picture[0].T, ear) for picture in batch]))


def _heard(model: Loaded, picture: Array, chosen: int) -> Heat:
    """By the network's maps where its embedding is their mean, else by hiding."""
    network = model.network()
    if network.mapped:
        return network_maps(network, torch.from_numpy(picture[None]), [chosen])[0]

    def logits_of(batch: Array) -> Doubles:
        return predict_net(network, torch.from_numpy(batch), model.recipe)[0]

    return occlusion(logits_of, picture, chosen, columns=frames_hidden(picture.shape[2]))
