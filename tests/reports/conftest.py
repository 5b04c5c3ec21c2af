"""The room's tests look at its pages in a real browser."""

from tests.looks import chromium, visit

__all__ = ["chromium", "visit"]
