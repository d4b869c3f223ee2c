"""SmartNoise-synth: MST, AIM, DP-CTGAN or PATE-CTGAN; SMARTNOISE_MODEL names which.

All columns arrive coded on the declared bins, as categories. The package takes the list of categories from the rows and
charges nothing for it; what it then does for continuous columns is avoided here.
"""
import contextlib
import io
import os

import common
import numpy as np
import pandas as pd
from snsynth import Synthesizer

MODEL = os.environ.get("SMARTNOISE_MODEL", "mst")


def prepare(frame, bins):
    return bins, common.encode(frame, bins).astype(str)


def fit(prepared, args):
    bins, codes = prepared
    words = {"delta": args.delta} if MODEL in ("mst", "aim") else {}
    model = Synthesizer.create(MODEL, epsilon=args.epsilon, **words)
    with contextlib.redirect_stdout(io.StringIO()):
        model.fit(codes, categorical_columns=list(codes.columns), preprocessor_eps=0.0, nullable=False)
    return bins, list(codes.columns), model


def sample(prepared, rows, args):
    bins, names, model = prepared
    table = model.sample(rows)
    codes = table if isinstance(table, pd.DataFrame) else pd.DataFrame(table, columns=names)
    return common.decode(codes.astype(np.int64), bins, np.random.default_rng(args.seed))


common.run(
    f"smartnoise-{MODEL}",
    prepare,
    fit,
    sample,
    packages=["smartnoise-synth", "mbi", "opendp", "opacus", "torch", "numpy"],
    preparation="declared bins and categories, one cell for missing; every column as categories",
    leaks="the list of categories that occur is exact; MST uses the exact row count; DP-CTGAN draws conditions from exact "
    "frequencies and its delta is 1 / (n sqrt n)",
    settings={"model": MODEL},
)
