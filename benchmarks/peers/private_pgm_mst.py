"""private-pgm: MST as its authors publish it in the repository (mechanisms/mst.py), over its own mbi.

The published mechanism takes noise from NumPy and its final fit runs 10,000 mirror-descent steps.
"""
import jax
import common

common.local_copy("PRIVATE_PGM_HOME", "src", "mechanisms")
import mst  # noqa: E402
import numpy as np  # noqa: E402
from mbi import Dataset, Domain  # noqa: E402

jax.config.update("jax_platforms", "cpu")


def prepare(frame, bins):
    names = list(bins["cols"])
    domain = Domain(names, [common.domain_size(spec) for spec in bins["cols"].values()])
    return bins, Dataset(common.encode(frame, bins), domain)


def fit(prepared, args):
    bins, data = prepared
    # The function fits and samples in one call; sampling of n rows is a small part of it.
    return bins, mst.MST(data, args.epsilon, args.delta)


def sample(model, rows, args):
    bins, synthetic = model
    codes = synthetic.df
    rng = np.random.default_rng(args.seed)
    if rows != len(codes):
        codes = codes.iloc[rng.integers(0, len(codes), rows)]
    return common.decode(codes, bins, rng)


common.run(
    "private-pgm-mst",
    prepare,
    fit,
    sample,
    packages=["jax", "numpy", "scipy"],
    preparation="declared bins and categories, one cell for missing",
    leaks="none in the preparation; the row count follows the noisy counts",
    settings={"source": "ryan112358/private-pgm@4d2b3c5", "finalIterations": 10000, "selectIterations": 2500},
)
