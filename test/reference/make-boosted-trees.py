"""Makes boosted-trees.json: what numpy's generator and scikit-learn's histogram gradient boosting give, for the tests of ours.

use: SCORE_SCRIPT=…/score.py python test/reference/make-boosted-trees.py > test/reference/boosted-trees.json
(numpy 2.4.6, scikit-learn 1.9.1; needs node for the simulated worlds). The table `formula` is made from a linear congruential
generator, here and in the test alike, so that no rows have to be stored.
"""
import importlib.util
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score
from sklearn.model_selection import train_test_split

here = os.path.dirname(os.path.abspath(__file__))
project = os.path.join(here, "../..")
spec = importlib.util.spec_from_file_location("score", os.environ["SCORE_SCRIPT"])
score = importlib.util.module_from_spec(spec)
spec.loader.exec_module(score)
KEPT = 60


def uniforms(seed):
    state = seed
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield (state >> 8) / 2**23


def formula(rows, seed, unseen):
    """A continuous number, one of few values and its mirror image, an amount with missing cells, 200 categories, three categories
    twice, and a number that is missing where a category is; test rows also lack what training rows have."""
    u = uniforms(seed)
    x, labels, numbers = [], [], []
    for row in range(rows):
        a, b = next(u), int(next(u) * 40)
        c = int(1000 / (1 + 99 * next(u)))
        c = np.nan if next(u) < 0.15 else c
        e = next(u)
        e = int(e * e * 200)
        f = int(next(u) * 4)
        f = np.nan if f == 3 else f
        h = int(next(u) * 1000) / 100
        h = np.nan if f == 0 else h
        value = 2 * a + (b % 7 < 3) + 1.5 * (e % 5 == 0) + 0.5 * np.isnan(c) + 2 * next(u)
        mirrored = 39 - b
        if unseen and row % 11 == 0:
            a = b = np.nan
        if unseen and row % 13 == 0:
            e = 201
        x.append([a, b, c, mirrored, e, f, f if np.isnan(f) else (f + 1) % 3, h])
        labels.append(int(value > 3))
        numbers.append(value)
    return np.array(x), np.array(labels), np.array(numbers)


def classify(x, y, xt, yt, categorical):
    model = HistGradientBoostingClassifier(categorical_features=categorical, random_state=0, max_iter=100).fit(x, y)
    p = model.predict_proba(xt)[:, 1]
    scores = {"auc": roc_auc_score(yt, p), "accuracy": accuracy_score(yt, p > 0.5), "f1": f1_score(yt, p > 0.5)}
    return {"trees": model.n_iter_} | scores | {"first": p[:KEPT].tolist()}


def regress(x, y, xt, categorical):
    model = HistGradientBoostingRegressor(categorical_features=categorical, random_state=0, max_iter=100).fit(x, y)
    p = model.predict(xt)
    return {"trees": model.n_iter_, "mean": p.mean(), "first": p[:KEPT].tolist()}


def world(name, rows, seed, folder):
    path = os.path.join(folder, f"{name}-{rows}-{seed}.csv")
    script = os.path.join(project, f"datasets/{name}/generate.mjs")
    subprocess.run(["node", script, "--rows", str(rows), "--seed", str(seed), "--out", path], check=True, stdout=sys.stderr)
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def world_bins(name):
    """As the script's bins.json, without dates and without what is known only after the target."""
    cols, target = {}, None
    for field in json.load(open(os.path.join(project, f"datasets/{name}/schema.json")))["fields"]:
        role = field.get("privacy", {}).get("role", [])
        role = [role] if isinstance(role, str) else role
        values = field.get("constraints", {}).get("enum", field.get("categories"))
        values = ["false", "true"] if field["type"] == "boolean" else values
        target = field["name"] if "target" in role else target
        if {"identifier", "outcome"} & set(role) or field["type"] in ("date", "datetime"):
            continue
        cols[field["name"]] = {"type": "cat", "values": [str(v) for v in values]} if values else {"type": "num"}
    return {"target": target, "cols": cols}


def words(seed):
    generator = np.random.RandomState(seed)
    drawn = [int(w) for w in generator.randint(0, 2**32, size=1300, dtype=np.uint64)]
    return {"first": drawn[:3], "last": drawn[-3:], "permutation": np.random.RandomState(seed).permutation(30).tolist()}


def split(labels):
    seed = np.random.RandomState(0).randint(np.iinfo(np.uint32).max, dtype="u8")
    rows = np.arange(len(labels))
    by_label = train_test_split(rows, test_size=0.1, stratify=labels, random_state=seed)
    at_random = train_test_split(rows, test_size=0.1, random_state=seed)
    return {"labels": labels, "byLabel": [part.tolist() for part in by_label], "atRandom": [part.tolist() for part in at_random]}


def thresholds(values):
    seed = np.random.RandomState(0).randint(np.iinfo(np.uint32).max, dtype="u8")
    found = _BinMapper(random_state=seed).fit(np.array(values).reshape(-1, 1)).bin_thresholds_[0]
    return {"rows": len(values), "count": len(found), "some": found[::25].tolist()}


def take(count, seed, shape=lambda u: u):
    u = uniforms(seed)
    return [shape(next(u)) for _ in range(count)]


categorical = [False, False, False, False, True, True, True, False]
xt, yt, _ = formula(300, 3, True)
out = {
    "words": {str(seed): words(seed) for seed in (0, 1, 2357136044, 2**32 - 1)},
    "splits": [split([0] * zeros + [1] * ones) for zeros, ones in ((15, 15), (7, 33), (30, 13))],
    "thresholds": {
        "distinct": thresholds(take(3000, 1)),
        "spiked": thresholds(take(5100, 2, lambda u: int(u * u * u * u * 3000))),
        "few": thresholds(take(500, 3, lambda u: int(u * 20) / 7)),
        "sampled": thresholds(take(200_001, 4)),
    },
    "classified": {}, "regressed": {},
}
for rows in (900, 10_500):
    x, labels, numbers = formula(rows, 1, False)
    out["classified"][f"formula-{rows}"] = classify(x, labels, xt, yt, categorical)
    out["regressed"][f"formula-{rows}"] = regress(x, numbers, xt, categorical)
with tempfile.TemporaryDirectory() as folder:
    for name in ("hiring", "lending"):
        bins = world_bins(name)
        test = world(name, 500, 2, folder)
        for rows in (1500, 10_500):
            x, y, flags = score.features(world(name, rows, 1, folder), bins)
            xt, yt, _ = score.features(test, bins)
            out["classified"][f"{name}-{rows}"] = classify(x, y, xt, yt, flags)
print(json.dumps(out, separators=(",", ":")))
