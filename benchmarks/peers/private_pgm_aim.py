"""private-pgm: AIM as its authors publish it in the repository (mechanisms/aim.py), over its own mbi.

Workload: all pairs of columns, equal weights, as in the file's own command line. The model size limit is lowered from
the file's 80 MB to AIM_MAX_MODEL_SIZE (in MB) when that is set, and the number of rounds to AIM_ROUNDS. Sums of products are
contracted in greedy order: JAX's default searches for the best order in time exponential in the number of factors, which on 17
columns took longer than everything else (more than 10 CPU minutes in one round). The result differs in rounding alone.
"""
import contextlib
import functools
import io
import itertools
import os

import jax
import jax.numpy

# Before mbi is imported, because it takes this function as a default of its own.
jax.numpy.einsum = functools.partial(jax.numpy.einsum, optimize="greedy")

import common  # noqa: E402

common.local_copy("PRIVATE_PGM_HOME", "src", "mechanisms")
import aim  # noqa: E402
import numpy as np  # noqa: E402
from mbi import Dataset, Domain  # noqa: E402

jax.config.update("jax_platforms", "cpu")
MAX_MODEL_SIZE = float(os.environ.get("AIM_MAX_MODEL_SIZE", "80"))
ROUNDS = int(os.environ["AIM_ROUNDS"]) if "AIM_ROUNDS" in os.environ else None
MAX_ITERS = int(os.environ.get("AIM_MAX_ITERS", "1000"))


def prepare(frame, bins):
    names = list(bins["cols"])
    domain = Domain(names, [common.domain_size(spec) for spec in bins["cols"].values()])
    return bins, Dataset(common.encode(frame, bins), domain)


def fit(prepared, args):
    bins, data = prepared
    workload = [(pair, 1.0) for pair in itertools.combinations(data.domain, 2)]
    mechanism = aim.AIM(args.epsilon, args.delta, rounds=ROUNDS, max_model_size=MAX_MODEL_SIZE, max_iters=MAX_ITERS)
    # AIM's constructor hands its random source to the adjacency slot of the base class; the base class then uses NumPy's
    # global source, which is what the authors' own command line does too.
    with contextlib.redirect_stdout(io.StringIO()):
        return bins, mechanism.run(data, workload, num_synth_rows=args.rows)


def sample(model, rows, args):
    bins, (_, synthetic) = model
    return common.decode(synthetic.df, bins, np.random.default_rng(args.seed))


common.run(
    "private-pgm-aim",
    prepare,
    fit,
    sample,
    packages=["jax", "numpy", "scipy"],
    preparation="declared bins and categories, one cell for missing",
    leaks="none in the preparation; the row count is given by the caller",
    settings={
        "source": "ryan112358/private-pgm@4d2b3c5",
        "workload": "all pairs",
        "maxModelSizeMB": MAX_MODEL_SIZE,
        "rounds": ROUNDS or "16 per column",
        "maxIterations": MAX_ITERS,
        "contractionOrder": "greedy",
    },
)
