"""google/dpsynth: AIM, AIM by Gaussian noisy maximum, MST or SWIFT over its in-memory mechanisms; DPSYNTH_MODEL names which.

The repository is read from DPSYNTH_HOME; it is on no package index. The package's own discretisation is left out (its
wrapper for discrete tables is used), so that all marginal systems work on the same declared bins. Its calibration to
(epsilon, delta) is used as it comes. The model size limit of the two AIMs is lowered from the package's 80 MB to
AIM_MAX_MODEL_SIZE when that is set.
"""
import os

import common

common.local_copy("DPSYNTH_HOME", ".")
import jax  # noqa: E402
import mbi  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
from dpsynth import discrete_mechanisms as mechanisms  # noqa: E402

jax.config.update("jax_platforms", "cpu")
MODEL = os.environ.get("DPSYNTH_MODEL", "aim")
MAX_MODEL_SIZE = float(os.environ.get("AIM_MAX_MODEL_SIZE", "80"))
CONFIGS = {
    "aim": lambda: mechanisms.AIMConfig(max_model_size=MAX_MODEL_SIZE),
    "aim-gdp": lambda: mechanisms.AIMGDPConfig(max_model_size=MAX_MODEL_SIZE),
    "mst": mechanisms.MSTConfig,
    "swift": mechanisms.SWIFTConfig,
}


def prepare(frame, bins):
    names = list(bins["cols"])
    domain = mbi.Domain(names, [common.domain_size(spec) for spec in bins["cols"].values()])
    codes = common.encode(frame, bins)
    return bins, mbi.Dataset({name: codes[name].to_numpy() for name in names}, domain)


def fit(prepared, args):
    bins, data = prepared
    config = mechanisms.DiscreteConfig(mechanism=CONFIGS[MODEL]())
    calibrated = config.calibrate(epsilon=args.epsilon, delta=args.delta)
    return bins, calibrated(np.random.default_rng(), data)


def sample(model, rows, args):
    bins, result = model
    codes = pd.DataFrame({name: np.asarray(code) for name, code in result.synthetic_data.to_dict().items()})
    rng = np.random.default_rng(args.seed)
    # The mechanism draws as many rows as its noisy total says.
    if rows != len(codes):
        codes = codes.iloc[rng.integers(0, len(codes), rows)]
    return common.decode(codes, bins, rng)


common.run(
    f"dpsynth-{MODEL}",
    prepare,
    fit,
    sample,
    packages=["mbi", "dp-accounting", "jax", "numpy"],
    preparation="declared bins and categories, one cell for missing; the package's own quantile bins are not used",
    leaks="none in the preparation; noise from NumPy floats, not from an exact sampler",
    settings={
        "source": "google/dpsynth@cf8075f",
        "model": MODEL,
        "oneWayShare": 0.1,
        **({"maxModelSizeMB": MAX_MODEL_SIZE} if MODEL.startswith("aim") else {}),
    },
)
