"""What all adapters share: command line, coding on the declared bins, decoding, and measurement.

An adapter is a file `NAME.py` that calls `run(prepare, fit, sample, ...)`. Its command line is always

    python NAME.py --train train.csv --bins bins.json --epsilon 1 --delta 1e-9 --rows 26048 --seed 1
                   --out synthetic.csv --json measured.json

Measured apart: start-up (interpreter and imports), preparation, fit, sampling; CPU seconds of all threads and wall
seconds of each, and the peak resident memory of the whole process with the part that start-up alone had taken.
"""
import argparse
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time

import numpy as np
import pandas as pd


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--train", required=True)
    parser.add_argument("--bins", required=True)
    parser.add_argument("--epsilon", type=float, required=True)
    parser.add_argument("--delta", type=float, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", required=True)
    parser.add_argument("--json", required=True)
    return parser.parse_args()


def usage():
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "cpu": own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime,
        "wall": time.perf_counter(),
        "peak": max(own.ru_maxrss, children.ru_maxrss) * 1024,
    }


class Stopwatch:
    """Takes the cost of each step since the last one."""

    def __init__(self):
        start = usage()
        self.steps = {"startup": {"cpuSeconds": round(start["cpu"], 3)}}
        self.startupPeakBytes = start["peak"]
        self.last = start

    def step(self, name):
        now = usage()
        self.steps[name] = {
            "cpuSeconds": round(now["cpu"] - self.last["cpu"], 3),
            "wallSeconds": round(now["wall"] - self.last["wall"], 3),
        }
        self.last = now

    def result(self):
        return {"steps": self.steps, "startupPeakBytes": self.startupPeakBytes, "peakBytes": usage()["peak"]}


def read_table(path):
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def read_bins(path):
    with open(path) as file:
        return json.load(file)


def domain_size(spec):
    """Cells of a column: bins or categories, plus one for missing where missing is declared."""
    cells = len(spec["edges"]) - 1 if spec["type"] == "num" else len(spec["values"])
    return cells + int(spec["missing"])


def encode(frame, bins):
    """Codes on the declared bins, int64, one column each; the last code is missing where missing is declared."""
    codes = {}
    for name, spec in bins["cols"].items():
        text = frame[name].str.strip()
        if spec["type"] == "num":
            value = pd.to_numeric(text.replace({"": np.nan}), errors="coerce").to_numpy(float)
            cells = len(spec["edges"]) - 1
            code = np.searchsorted(np.array(spec["edges"]), value, side="right") - 1
            code = np.clip(code, 0, cells - 1)
            codes[name] = np.where(np.isnan(value), cells if spec["missing"] else 0, code)
        else:
            index = {value: code for code, value in enumerate(spec["values"])}
            absent = len(spec["values"]) if spec["missing"] else 0
            codes[name] = text.map(lambda value: index.get(value, absent)).to_numpy()
    return pd.DataFrame({name: np.asarray(code, dtype=np.int64) for name, code in codes.items()})


def decode(codes, bins, rng):
    """Values for codes: the category, or a number drawn uniformly inside the bin; missing is the empty text."""
    columns = {}
    for name, spec in bins["cols"].items():
        code = codes[name].to_numpy().astype(np.int64)
        if spec["type"] == "num":
            edges = np.array(spec["edges"])
            present = code < len(edges) - 1
            low, high = edges[np.where(present, code, 0)], edges[np.where(present, code, 0) + 1]
            value = low + rng.random(len(code)) * (high - low)
            text = np.floor(value).astype(np.int64).astype(str) if spec["integer"] else np.round(value, 4).astype(str)
            columns[name] = np.where(present, text, "")
        else:
            columns[name] = np.array([*spec["values"], ""])[np.minimum(code, len(spec["values"]))]
    return pd.DataFrame(columns)


def typed(frame, bins):
    """The table with numbers as floats (NaN is missing) and categories as objects (None is missing)."""
    columns = {}
    for name, spec in bins["cols"].items():
        text = frame[name].str.strip()
        if spec["type"] == "num":
            columns[name] = pd.to_numeric(text.replace({"": np.nan}), errors="coerce")
        else:
            columns[name] = text.astype(object).where(text != "", None)
    return pd.DataFrame(columns)


def untyped(frame, bins):
    """Texts as written in files: whole numbers without a point, the empty text for missing."""
    columns = {}
    for name, spec in bins["cols"].items():
        column = frame[name]
        if spec["type"] == "num":
            number = pd.to_numeric(column, errors="coerce")
            number = number.round() if spec["integer"] else number
            columns[name] = number.map(lambda value: "" if pd.isna(value) else format(value, ".10g"))
        else:
            columns[name] = column.map(lambda value: "" if value is None or value != value else str(value))
    return pd.DataFrame(columns)


def run(name, prepare, fit, sample, *, packages, preparation, leaks, settings):
    """Runs one adapter end to end and writes the table and the measurements.

    prepare(frame, bins) -> prepared; fit(prepared, args) -> model; sample(model, rows, args) -> table of texts.
    """
    args = arguments()
    np.random.seed(args.seed)
    watch = Stopwatch()
    bins, frame = read_bins(args.bins), read_table(args.train)
    prepared = prepare(frame, bins)
    watch.step("prepare")
    model = fit(prepared, args)
    watch.step("fit")
    table = sample(model, args.rows, args)
    watch.step("sample")
    table.to_csv(args.out, index=False)
    watch.step("write")
    versions = {"python": platform.python_version()}
    versions |= {package: importlib.metadata.version(package) for package in packages}
    record = {
        "peer": name,
        "epsilon": args.epsilon,
        "delta": args.delta,
        "seed": args.seed,
        "rows": args.rows,
        "settings": settings,
        "preparation": preparation,
        "leaks": leaks,
        "versions": versions,
        **watch.result(),
    }
    with open(args.json, "w") as file:
        json.dump(record, file)
        file.write("\n")


def local_copy(variable, *folders):
    """Puts folders of a local copy of a public repository first on the import path; leaves when none is named."""
    home = os.environ.get(variable)
    if not home:
        sys.exit(f"{variable} is not set; it names the folder of a local copy of the repository. This peer is skipped.")
    sys.path[:0] = [os.path.join(home, folder) for folder in folders]
    return home
