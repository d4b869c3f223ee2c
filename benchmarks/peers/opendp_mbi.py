"""OpenDP: AIM or MST of its `mbi` extras (contingency tables over polars frames); OPENDP_MODEL names which.

OpenDP states the budget of these mechanisms as rho of zero-concentrated privacy. The adapter takes the largest rho that
OpenDP's own conversion holds within (epsilon, delta). AIM's limit of the model size is lowered from the package's 80 MB to
AIM_MAX_MODEL_SIZE when that is set. OPENDP_DRAW is how rows are drawn, in the package's words: `round`, its default, whose rows
do not follow the model in mbi 1.1.0 (checks/mbi_rounding.py), or `sample`.
"""
import os

import common
import jax
import numpy as np
import opendp.prelude as dp
import polars as pl

dp.enable_features("contrib")
jax.config.update("jax_platforms", "cpu")
MODEL = os.environ.get("OPENDP_MODEL", "aim")
MAX_MODEL_SIZE = float(os.environ.get("AIM_MAX_MODEL_SIZE", "80"))
DRAW = os.environ.get("OPENDP_DRAW", "round")
NAME = f"opendp-{MODEL}" + ("" if DRAW == "round" else f"-{DRAW}")
ATTEMPTS = 20


def largest_rho(epsilon, delta):
    """Largest rho whose (epsilon, delta) promise, by the package's conversion, is at most the wanted one."""
    space = dp.vector_domain(dp.atom_domain(T=float, nan=False)), dp.l2_distance(T=float)

    def holds(rho):
        gaussian = dp.m.make_gaussian(*space, scale=(0.5 / rho) ** 0.5)
        return dp.c.make_zCDP_to_approxDP(gaussian).map(1.0).epsilon(delta) <= epsilon

    return dp.binary_search(holds, bounds=(1e-9, 100.0))


def prepare(frame, bins):
    sizes = {name: common.domain_size(spec) for name, spec in bins["cols"].items()}
    codes = common.encode(frame, bins)
    table = pl.LazyFrame({name: pl.Series(codes[name].to_numpy(), dtype=pl.Int64) for name in sizes})
    return bins, sizes, table


def fit(prepared, args):
    bins, sizes, table = prepared
    rho = largest_rho(args.epsilon, args.delta)
    algorithm = dp.mbi.AIM(max_size=MAX_MODEL_SIZE) if MODEL == "aim" else dp.mbi.MST()
    keys = {name: list(range(size)) for name, size in sizes.items()}
    for attempt in range(ATTEMPTS):
        context = dp.Context.compositor(
            data=table,
            privacy_unit=dp.unit_of(contributions=1),
            privacy_loss=dp.loss_of(rho=rho * (1 - 1e-6 * attempt)),
            split_evenly_over=1,
        )
        try:
            return bins, context.query().contingency_table(keys=keys, algorithm=algorithm).release()
        except dp.OpenDPException as error:
            # The package splits rho in floating point and then refuses its own last query when the parts come to a hair
            # more than the whole. That depends on rho alone, so a budget smaller by a millionth goes through.
            if "insufficient budget" not in str(error) or attempt == ATTEMPTS - 1:
                raise


def sample(model, rows, args):
    bins, release = model
    codes = release.synthesize(rows, method=DRAW).to_pandas()
    for name, spec in bins["cols"].items():
        # The package adds a null category to each column; it means missing where missing is declared.
        absent = common.domain_size(spec) - 1 if spec["missing"] else 0
        codes[name] = codes[name].fillna(absent).astype(np.int64)
    return common.decode(codes, bins, np.random.default_rng(args.seed))


common.run(
    NAME,
    prepare,
    fit,
    sample,
    packages=["opendp", "mbi", "jax", "polars", "numpy"],
    preparation="declared bins and categories, one cell for missing; the package adds a null category to every column",
    leaks="none that we know of: categories are declared and noise is from exact samplers",
    settings={"model": MODEL, "draw": DRAW, **({"maxModelSizeMB": MAX_MODEL_SIZE} if MODEL == "aim" else {})},
)
