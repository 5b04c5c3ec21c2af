"""An owner's Markdown cannot run anything in an annotator's browser."""

import pytest

from labeling.guidelines.markdown import to_html


def test_the_usual_marks_are_shown() -> None:
    html = to_html("# Cats\n\n- *small*\n- **soft**\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[more](https://example.org)")
    for tag in ("<h1>Cats</h1>", "<em>small</em>", "<strong>soft</strong>", "<td>1</td>", 'href="https://example.org"'):
        assert tag in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](https://example.org/track.png)",
        '<a href="x" onclick="alert(1)">x</a>',
        "<style>body{display:none}</style>",
        "<iframe src=https://example.org></iframe>",
    ],
)
def test_nothing_runs_or_loads(text: str) -> None:
    html = to_html(text)
    for tag in ("<script", "<img", "<style", "<iframe", 'href="javascript', "<a href=\"x\""):
        assert tag not in html
