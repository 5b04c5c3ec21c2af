"""The one kind of error that the supervisor raises."""


class Fault(Exception):
    """Something outside the program stands in the way; the text is one line that says what and what to do."""


class InUse(Fault):
    """Another process keeps the data folder."""
