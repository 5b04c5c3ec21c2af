"""EfficientNet-Lite0 with its packaged weights, tuned from the top down.

The new last layer learns at once, the blocks below it one after another, each at a lower rate than the one above it
(Howard and Ruder 2018, arXiv:1801.06146); normalisation keeps its statistics, for few examples cannot make better ones.
"""

from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn

from ml.backbone import unfolded_network
from ml.models import Network
from ml.recipe import Recipe

LOWER = 0.6  # rate of a block, as a share of the one above it
PIXEL_MEAN, PIXEL_SCALE = 127 / 255, 255 / 128  # the packaged network saw (x - 127) / 128


class Transferred(Network):
    """The backbone's last feature maps, and a new last layer."""

    def __init__(self, size: int, unfrozen: int, log_prior: Tensor, dropout: float) -> None:
        backbone = unfolded_network(size)
        super().__init__(backbone._conv_head.out_channels, log_prior, dropout)
        self.backbone: EfficientNet = backbone
        self.backbone.requires_grad_(False)
        self.unfrozen = min(unfrozen, len(self.backbone._blocks) + 1)
        for stage in self._tuned():
            stage.requires_grad_(True)

    def maps(self, batch: Tensor) -> Tensor:
        """(B, 3, S, S) in 0..1 to (B, 1280, h, w)."""
        maps: Tensor = self.backbone.extract_features((batch - PIXEL_MEAN) * PIXEL_SCALE)
        return maps

    def train(self, mode: bool = True) -> "Transferred":
        """Training mode for all but the normalisation."""
        super().train(mode)
        for module in self.backbone.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def stages(self) -> list[list[nn.Parameter]]:
        """The last layer, then the tuned blocks from the top down."""
        return [list(self.last.parameters()), *(list(stage.parameters()) for stage in self._tuned())]

    def _tuned(self) -> list[nn.Module]:
        """The top convolution counts as a block."""
        top = nn.ModuleList([self.backbone._conv_head, self.backbone._bn1])
        return [top, *reversed(self.backbone._blocks)][: self.unfrozen]


def image_transfer(recipe: Recipe, log_prior: Tensor) -> Network:
    """Pictures (B, 3, S, S) in 0..1; S as small as 32 works, 112 is what the frozen features see."""
    return Transferred(recipe.size, recipe.unfrozen, log_prior, recipe.dropout)
