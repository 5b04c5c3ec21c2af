"""What must hold of a network before it is worth training (Karpathy, A recipe for training neural networks, 2019).

Each check takes a way to make a fresh network, so that none sees what another has learnt.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.preflight.check import Check, judged

Make = Callable[[], nn.Module]

FIRST_LOSS_TOLERANCE = 0.02  # nats; with output weights zero only rounding and the batch's own shares remain
HEART_TOLERANCE = 0.1  # nats above the targets' entropy
HEART_STEPS, HEART_RATE = 150, 1e-2
BLIND_STEPS = 40
BLIND_GAIN = 0.1  # share of the blind loss that seeing must save
REACHED = 0.0  # any gradient at all counts as reached
CHANCE = 0  # seed of the stand-in output weights of the gradient check


def loss_of(network: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of (B, ...) inputs against soft targets (B, K), nats."""
    return -(targets * functional.log_softmax(network(inputs), dim=1)).sum(dim=1).mean()


def entropy_of(targets: Tensor) -> float:
    """Mean entropy of soft targets (B, K), nats: no network can go below it."""
    return float(torch.special.entr(targets.double()).sum(dim=1).mean())


def check_first_loss(make: Make, inputs: Tensor, targets: Tensor, shares: Tensor) -> Check:
    """The loss at the start is that of always saying the class shares (K,): output weights zero, bias log-shares."""
    with torch.no_grad():
        figure = float(loss_of(make().eval(), inputs, targets))
    expected = float(-(targets.double() * shares.double().log()).sum(dim=1).mean())
    entropy = entropy_of(shares[None])
    return judged(
        "Loss at the start",
        f"{figure:.3f} nats",
        f"{expected:.3f} ± {FIRST_LOSS_TOLERANCE:g} nats (entropy of the classes: {entropy:.3f})",
        abs(figure - expected) <= FIRST_LOSS_TOLERANCE,
        "The last layer's bias is the log of the class shares and its weights are zero.",
    )


def check_overfit(
    make: Make, inputs: Tensor, targets: Tensor, steps: int = HEART_STEPS, rate: float = HEART_RATE
) -> Check:
    """One small batch can be learnt by heart, down to its targets' entropy; no augmentation, no regularisation."""
    floor = entropy_of(targets)
    figure = _fitted(make(), inputs, targets, steps, rate, floor + HEART_TOLERANCE / 2)
    return judged(
        "One batch by heart",
        f"{figure:.3f} nats",
        f"at most {floor + HEART_TOLERANCE:.3f} nats (its targets' entropy {floor:.3f} + {HEART_TOLERANCE:g})",
        figure <= floor + HEART_TOLERANCE,
        f"{len(inputs)} items, at most {steps} steps.",
    )


def check_blind(
    make: Make, inputs: Tensor, targets: Tensor, steps: int = BLIND_STEPS, rate: float = HEART_RATE
) -> Check:
    """With inputs zeroed the same network learns worse: what it learns, it learns from the input."""
    seeing = _fitted(make(), inputs, targets, steps, rate)
    blind = _fitted(make(), torch.zeros_like(inputs), targets, steps, rate)
    return judged(
        "Input matters",
        f"{seeing:.3f} nats seeing, {blind:.3f} blind",
        f"seeing at least {100 * BLIND_GAIN:.0f} % lower",
        seeing < (1 - BLIND_GAIN) * blind,
        f"Loss of {len(inputs)} items after {steps} steps, once with their inputs and once with zeros.",
    )


def check_gradients(make: Make, inputs: Tensor) -> Check:
    """The loss of one example reaches its own input and no other's; normalisation in evaluation mode."""
    network = make().eval()
    _stir_last_layer(network)
    batch = inputs.detach().clone().float().requires_grad_(True)
    middle = len(batch) // 2
    torch.autograd.backward(network(batch)[middle].logsumexp(dim=0))
    gradient = batch.grad if batch.grad is not None else torch.zeros_like(batch)
    reached = (gradient.flatten(1).abs().sum(dim=1) > REACHED).nonzero()[:, 0].tolist()
    return judged(
        "Examples apart",
        f"example {middle} reaches inputs {reached}",
        f"[{middle}] alone",
        reached == [middle],
        "Gradient of one example's loss with respect to the inputs of a whole batch.",
    )


def check_seeds(first_steps: Callable[[], Sequence[float]]) -> Check:
    """The same seeds give the same first steps twice, to the last bit."""
    one, two = list(first_steps()), list(first_steps())
    return judged(
        "Same seeds, same steps",
        " ".join(f"{loss:.6f}" for loss in two),
        " ".join(f"{loss:.6f}" for loss in one),
        one == two and len(one) > 0,
        "Losses of the first steps, with augmentation, run twice.",
    )


def _fitted(
    network: nn.Module, inputs: Tensor, targets: Tensor, steps: int, rate: float, enough: float = float("-inf")
) -> float:
    """Loss of the batch after plain steps on it, each judged before it is taken."""
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=0.0)
    lowest = float("inf")
    for _ in range(steps):
        loss = loss_of(network, inputs, targets)
        lowest = min(lowest, loss.item())
        if lowest <= enough:
            break
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss)
        optimiser.step()
    return lowest


def _stir_last_layer(network: nn.Module) -> None:
    """Output weights of zero would hide every gradient, so they are drawn here."""
    random = torch.Generator().manual_seed(CHANCE)
    linear = [module for module in network.modules() if isinstance(module, nn.Linear)]
    with torch.no_grad():
        for module in linear[-1:]:
            module.weight.copy_(torch.randn(module.weight.shape, generator=random))
