"""Whether mbi draws tables that follow the model it fitted: nothing here is private, and nothing of ours takes part.

A chain of exact pairs (column k with column k + 1) is fitted to a table, then rows are drawn by both of the package's methods.
For neighbours in the chain and for the other pairs it writes the mean total variation distance between model and rows, between
draws of both methods and the model, and the same for the best that this many rows allow: independent draws from the model by
forward sampling through its own pair tables.

    .venv-opendp/bin/python checks/mbi_rounding.py --train train.csv --bins bins.json --json ../results/mbi-rounding.json
"""
import argparse
import importlib.metadata
import itertools
import json
import os
import pathlib
import platform
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common
import jax
import numpy as np
import pandas as pd
from mbi import Dataset, Domain, LinearMeasurement, estimation

jax.config.update("jax_platforms", "cpu")
ITERATIONS = 5000


def shares(source, pair):
    vector = np.asarray(source.project(pair).datavector())
    return vector / vector.sum()


def mean_distance(left, right, pairs):
    return float(np.mean([0.5 * np.abs(shares(left, pair) - shares(right, pair)).sum() for pair in pairs]))


def forward_sample(model, names, sizes, rows, rng):
    """Independent rows of the chain: the first column, then each column given the one before."""
    codes = {names[0]: rng.choice(sizes[names[0]], rows, p=shares(model, (names[0],)))}
    for before, name in itertools.pairwise(names):
        table = shares(model, (before, name)).reshape(sizes[before], sizes[name])
        ends = np.cumsum(table, axis=1) / np.maximum(table.sum(axis=1, keepdims=True), 1e-300)
        drawn = (ends[codes[before]] < rng.random(rows)[:, None]).sum(axis=1)
        codes[name] = np.minimum(drawn, sizes[name] - 1)
    return codes


def main():
    parser = argparse.ArgumentParser()
    for option in ("--train", "--bins", "--json"):
        parser.add_argument(option, required=True)
    args = parser.parse_args()
    np.random.seed(0)
    bins, frame = common.read_bins(args.bins), common.read_table(args.train)
    codes = common.encode(frame, bins)
    sizes = {name: common.domain_size(spec) for name, spec in bins["cols"].items()}
    names = list(sizes)
    domain = Domain(tuple(names), tuple(sizes.values()))
    data = Dataset(codes[names], domain)
    chain = list(itertools.pairwise(names))
    apart = [pair for pair in itertools.combinations(names, 2) if pair not in chain]
    measured = [LinearMeasurement(data.project(pair).datavector(), pair, 1.0) for pair in chain]
    model = estimation.mirror_descent(domain, measured, iters=ITERATIONS)
    forward = forward_sample(model, names, sizes, len(frame), np.random.default_rng(0))
    tables = {
        "round": model.synthetic_data(len(frame), method="round"),
        "sample": model.synthetic_data(len(frame), method="sample"),
        "forward": Dataset(pd.DataFrame(forward)[names], domain),
    }
    record = {
        "table": os.path.basename(os.path.dirname(os.path.abspath(args.train))),
        "rows": len(frame),
        "columns": len(names),
        "iterations": ITERATIONS,
        "neighbours": {"modelToRows": mean_distance(model, data, chain)},
        "apart": {"modelToRows": mean_distance(model, data, apart)},
        "versions": {
            "python": platform.python_version(),
            **{package: importlib.metadata.version(package) for package in ("mbi", "jax", "numpy")},
        },
        "command": "benchmarks/peers/.venv-opendp/bin/python benchmarks/peers/checks/mbi_rounding.py --train TABLE/train.csv "
        "--bins TABLE/bins.json --json benchmarks/results/mbi-rounding.json",
    }
    for method, drawn in tables.items():
        record["neighbours"][method] = mean_distance(drawn, model, chain)
        record["apart"][method] = mean_distance(drawn, model, apart)
    with open(args.json, "w") as file:
        json.dump(record, file, indent=2)
        file.write("\n")


main()
