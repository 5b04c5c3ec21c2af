"""The one way in which a file is refused."""


class Unreadable(ValueError):
    """A file cannot be taken; `reason` is one plain sentence for the person who uploaded it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
