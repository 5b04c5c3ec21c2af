"""Run by the throwaway environment: fit crowd-kit's Dawid-Skene to answers in an .npz, save its probabilities."""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene

TOLERANCE = 1e-5  # both stop on the gain in likelihood an answer, and by the same number
MOST_PASSES = 100

given, taken = sys.argv[1:]
arrays = np.load(given)
table = pd.DataFrame({"task": arrays["item"], "worker": arrays["person"], "label": arrays["symbol"]})
began = time.process_time()
model = DawidSkene(n_iter=MOST_PASSES, tol=TOLERANCE)
chances = model.fit_predict_proba(table)
seconds = time.process_time() - began
score = np.zeros((int(chances.index.max()) + 1, int(chances.columns.max()) + 1))
score[np.ix_(chances.index, chances.columns)] = chances.fillna(0.0).to_numpy()
unseen = score.sum(axis=1) == 0
score[unseen] = 1 / score.shape[1]
np.save(taken, score)
accuracy = float((score.argmax(axis=1) == arrays["truth"]).mean()) if "truth" in arrays else 0.0
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": seconds, "peak_mb": peak, "accuracy": accuracy, "passes": len(model.loss_history_)}))
