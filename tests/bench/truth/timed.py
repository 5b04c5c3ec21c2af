"""Run in a process of its own: fit the answers in an .npz and print seconds and peak memory."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from ml.truth.answers import collect
from ml.truth.dawid_skene import fit
from ml.truth.posterior import posteriors

N_CLASSES = 10
TOLERANCE = 1e-5  # as the other's: the gain in log-likelihood an answer
MOST_PASSES = 100


def timed(given: Path) -> dict[str, float]:
    """Our fit and posteriors of the answers in a file."""
    with np.load(given) as arrays:
        answers = collect(arrays["item"], arrays["person"], arrays["symbol"], n_classes=N_CLASSES)
        truth = arrays["truth"]
    began = time.process_time()
    model = fit(answers, tolerance=TOLERANCE, max_iterations=MOST_PASSES)
    found = posteriors(model, answers)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    accuracy = float((found.argmax(axis=1) == truth).mean())
    return {"seconds": seconds, "peak_mb": peak, "accuracy": accuracy, "passes": model.iterations}


if __name__ == "__main__":
    print(json.dumps(timed(Path(sys.argv[1]))))
