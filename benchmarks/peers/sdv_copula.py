"""SDV's Gaussian copula, without privacy: every column's marginal family is the one SDV picks by default, `beta`, unless
SDV_DISTRIBUTION names another (norm, gamma, truncnorm, uniform, gaussian_kde)."""
import os

import common
from sdv.metadata import Metadata
from sdv.single_table import GaussianCopulaSynthesizer

DISTRIBUTION = os.environ.get("SDV_DISTRIBUTION", "beta")


def prepare(frame, bins):
    columns = {
        name: {"sdtype": "numerical" if spec["type"] == "num" else "categorical"} for name, spec in bins["cols"].items()
    }
    metadata = Metadata.load_from_dict({"tables": {"table": {"columns": columns}}, "relationships": []})
    return bins, metadata, common.typed(frame, bins)


def fit(prepared, args):
    bins, metadata, table = prepared
    model = GaussianCopulaSynthesizer(metadata, default_distribution=DISTRIBUTION)
    model.fit(table)
    return bins, model


def sample(prepared, rows, args):
    bins, model = prepared
    return common.untyped(model.sample(rows), bins)


common.run(
    f"sdv-copula-{DISTRIBUTION}" if DISTRIBUTION != "beta" else "sdv-copula",
    prepare,
    fit,
    sample,
    packages=["sdv", "copulas", "numpy", "pandas"],
    preparation="raw numbers and categories; missing as null",
    leaks="not private: minimum, maximum, categories, marginal parameters and correlations are exact",
    settings={"defaultDistribution": DISTRIBUTION},
)
