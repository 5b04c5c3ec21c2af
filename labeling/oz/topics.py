"""What rings for whom."""

from uuid import UUID


def caller(inquiry_id: UUID) -> str:
    """Whoever waits for this inquiry's answer."""
    return f"inquiry {inquiry_id}"


def consoles(experiment_id: int) -> str:
    """Every wizard of an experiment who has nothing to do."""
    return f"consoles {experiment_id}"
