"""Two versions side by side."""

from labeling.guidelines.compare import Part, Row, rows


def test_equal_lines_stand_opposite_and_changed_words_are_marked() -> None:
    found = rows("Look at\nthe ears.", "Look at\nthe tail.\nTwice.")
    assert found == [
        Row([Part("Look at", False)], [Part("Look at", False)], same=True),
        Row(
            [Part("the ", False), Part("ears", True), Part(".", False)],
            [Part("the ", False), Part("tail", True), Part(".", False)],
            same=False,
        ),
        Row(None, [Part("Twice.", True)], same=False),
    ]


def test_nothing_and_nothing() -> None:
    assert rows("", "") == []
