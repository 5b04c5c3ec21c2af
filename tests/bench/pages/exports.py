"""The exports, streamed to nowhere: seconds, size, and by how much the process grew. `... .exports SLUG`."""

import json
import resource
import sys
import time

import django
from django.contrib.auth import get_user_model
from django.http import StreamingHttpResponse
from django.test import Client

NAMES = ("labels.csv", "labels.jsonl", "answers.csv", "answers.jsonl")


def peak_mb() -> float:
    """Of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(slug: str) -> None:
    """One after the other."""
    client = Client()
    figures: dict[str, dict[str, float]] = {}
    client.force_login(get_user_model().objects.get(username="owner"))
    for name in NAMES:
        before, begun = peak_mb(), time.perf_counter()
        answer = client.get(f"/api/v1/projects/{slug}/export/{name}")
        assert isinstance(answer, StreamingHttpResponse)
        size = sum(len(part) for part in answer)
        row = {
            "ms": round(1000 * (time.perf_counter() - begun), 1), "mb": round(size / 1e6, 1),
            "grew_mb": round(peak_mb() - before, 1),
        }  # fmt: skip
        figures[f"export_{name.replace('.', '_')}"] = row
        print(f"{slug:>5} {name:<14} {row}", file=sys.stderr)
    print(json.dumps(figures))


if __name__ == "__main__":
    django.setup()
    main(sys.argv[1])
