"""One row of a preflight: what was looked at, what was found, what was expected, and the verdict."""

import enum
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


class Verdict(enum.StrEnum):
    """How a check ended; only a failed one stops a run."""

    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """A row for the run's page."""

    name: str
    figure: str
    expectation: str
    verdict: Verdict
    detail: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self) | {"verdict": str(self.verdict)}


def judged(name: str, figure: str, expectation: str, holds: bool, detail: str = "") -> Check:
    """Passed where it holds, else failed."""
    return Check(name, figure, expectation, Verdict.PASSED if holds else Verdict.FAILED, detail)


def failures(checks: Iterable[Check]) -> list[Check]:
    """Those that stop the run."""
    return [check for check in checks if check.verdict is Verdict.FAILED]


def reason(checks: Iterable[Check]) -> str:
    """One sentence on what stopped the run; empty where nothing did."""
    failed = failures(checks)
    if not failed:
        return ""
    first = failed[0]
    more = f" ({len(failed) - 1} more failed.)" if len(failed) > 1 else ""
    return f"Preflight: {first.name} is {first.figure}, expected {first.expectation}. {first.detail}".strip() + more
