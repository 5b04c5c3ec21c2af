"""On which side of the held-out split an item stands, and in which fold: by a hash of its group alone."""

import hashlib

FOLDS = 5


def side(*, project_id: int, group: str, heldout_share: float) -> tuple[bool, int]:
    """(held out?, fold): uniform over groups, independent of each other, salted by the project."""
    digest = hashlib.sha256(f"{project_id}:{group}".encode()).digest()
    heldout = int.from_bytes(digest[:8], "big") < heldout_share * 2**64
    return heldout, int.from_bytes(digest[8:16], "big") % FOLDS
