"""Markdown to safe HTML."""

import nh3
from markdown_it import MarkdownIt

TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "h1", "h2", "h3", "h4", "a",
    "img", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip


def to_html(text: str) -> str:
    """Rendered with raw HTML turned off, and cleaned once more of anything but plain structure."""
    rendered = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).render(text)
    return nh3.clean(rendered, tags=TAGS, attributes={"a": {"href", "title"}, "img": {"src", "alt", "title"}})
