"""The other side of paired.mjs: runs one task per line of standard input and answers with the CPU seconds it took.

use: python rivals.py FOLDER     (FOLDER holds codes.bin, sizes.json, counts.json, table.csv as paired.mjs writes them)
A task that needs a package that is not installed answers {"absent": "package"}.
"""
import importlib
import itertools
import json
import os
import sys
import time

import numpy as np

folder = sys.argv[1]
path = lambda name: os.path.join(folder, name)
sizes = json.load(open(path("sizes.json")))
codes = np.fromfile(path("codes.bin"), dtype=np.uint8).reshape(len(sizes), -1).astype(np.int64)
rng = np.random.default_rng(1)
kept = {}


def need(package):
    try:
        return importlib.import_module(package)
    except ImportError:
        raise LookupError(package)


def noise():
    np.rint(rng.normal(0, 10, 1_000_000)).astype(np.int64)


def marginal(rows, clique):
    key, cells = rows[clique[0]], sizes[clique[0]]
    for column in clique[1:]:
        key, cells = key * sizes[column] + rows[column], cells * sizes[column]
    return np.bincount(key, minlength=cells)


def count_pairs():
    for clique in itertools.combinations(range(len(sizes)), 2):
        marginal(codes, clique)


def distances():
    a, b = codes[:, :26_048], codes[:, 26_048:52_096]
    for clique in itertools.combinations(range(len(sizes)), 3):
        0.5 * np.abs(marginal(a, clique) / a.shape[1] - marginal(b, clique) / b.shape[1]).sum()


def sample_chain():
    rows = 1_000_000
    first = np.bincount(codes[0], minlength=sizes[0])
    column = rng.choice(sizes[0], size=rows, p=first / first.sum())
    for left in range(len(sizes) - 1):
        table = marginal(codes, (left, left + 1)).reshape(sizes[left], sizes[left + 1])
        out = np.empty(rows, dtype=np.int64)
        for code in range(sizes[left]):
            at = np.flatnonzero(column == code)
            row = table[code]
            if len(at) > 0:
                out[at] = rng.choice(sizes[left + 1], size=len(at), p=row / row.sum()) if row.sum() > 0 else 0
        column = out


def estimate():
    mbi = need("mbi")
    if "measurements" not in kept:
        names = [f"c{column}" for column in range(len(sizes))]
        kept["domain"] = mbi.Domain(names, sizes)
        counted = json.load(open(path("counts.json")))
        kept["measurements"] = [
            mbi.LinearMeasurement(np.array(one["counts"]), tuple(f"c{column}" for column in one["clique"]), one["sigma"])
            for one in counted
        ]
    from mbi import estimation

    estimation.mirror_descent(kept["domain"], kept["measurements"], known_total=26_048, iters=1000)


def boosting():
    from sklearn.ensemble import HistGradientBoostingClassifier

    x, y = codes[:-1, :26_048].T.astype(float), codes[-1, :26_048]
    model = HistGradientBoostingClassifier(random_state=0, max_iter=100, early_stopping=False)
    model.fit(x, y)


def frame():
    pandas = need("pandas")
    if "frame" not in kept:
        kept["frame"] = pandas.read_csv(path("table.csv"))
    return kept["frame"]


def write_csv():
    frame().to_csv(path("out.csv"), index=False)


def read_csv():
    need("pandas").read_csv(path("table.csv"))


for line in sys.stdin:
    task = line.strip()
    try:
        if task == "write_csv":
            frame()
        start = time.process_time()
        globals()[task]()
        answer = {"cpuSeconds": time.process_time() - start}
    except LookupError as missing:
        answer = {"absent": str(missing)}
    print(json.dumps(answer), flush=True)
