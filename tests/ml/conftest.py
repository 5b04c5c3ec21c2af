"""What the recipe's tests share."""

import pytest
import torch


@pytest.fixture(autouse=True)
def seeded() -> None:
    """The same chance in whatever order the tests run."""
    torch.manual_seed(0)
