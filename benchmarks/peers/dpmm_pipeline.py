"""dpmm (SAS): MST, AIM or PrivBayes on graphical models; DPMM_MODEL names which.

Its own binning is switched off, so that all marginal systems work on the same declared bins. With it on, the package spends
`proc_epsilon` on top of `epsilon` and lets exact facts through (see `leaks`).
"""
import os

import common
import numpy as np
from dpmm.pipelines import AIMPipeline, MSTPipeline, PrivBayesPipeline

MODEL = os.environ.get("DPMM_MODEL", "mst")
PIPELINES = {"mst": MSTPipeline, "aim": AIMPipeline, "privbayes": PrivBayesPipeline}
MAX_MODEL_SIZE = 80


def prepare(frame, bins):
    domain = {name: common.domain_size(spec) for name, spec in bins["cols"].items()}
    return bins, domain, common.encode(frame, bins)


def fit(prepared, args):
    bins, domain, codes = prepared
    pipeline = PIPELINES[MODEL](
        epsilon=args.epsilon, delta=args.delta, max_model_size=MAX_MODEL_SIZE, n_jobs=1, disable_processing=True
    )
    pipeline.fit(codes, domain=domain, random_state=args.seed)
    return bins, pipeline


def sample(model, rows, args):
    bins, pipeline = model
    codes = pipeline.generate(n_records=rows, random_state=args.seed)
    return common.decode(codes, bins, np.random.default_rng(args.seed))


common.run(
    f"dpmm-{MODEL}",
    prepare,
    fit,
    sample,
    packages=["dpmm", "opendp", "numpy"],
    preparation="declared bins and categories, one cell for missing; the package's own binning is off",
    leaks="with its own binning: bin count from the exact row count, missing columns, constants and raw values in the saved model",
    settings={"model": MODEL, "maxModelSizeMB": MAX_MODEL_SIZE},
)
