"""MOSTLY AI engine: the autoregressive TabularARGN, with DP-SGD (MOSTLY_DP=1) or without privacy.

With privacy every column arrives coded on the declared bins, as categories, and `max_epsilon` is the whole budget, a tenth of
it for the engine's protection of rare values; the engine keeps weights from before the budget was exceeded. Without privacy it
gets raw numbers and categories and its own settings. MOSTLY_EPOCHS limits the epochs (50 unless set), on the processor.
"""
import os

import common
import numpy as np
import pandas as pd
import torch
from mostlyai.engine import TabularARGN
from mostlyai.engine.domain import DifferentialPrivacyConfig

IS_PRIVATE = os.environ.get("MOSTLY_DP") == "1"
EPOCHS = float(os.environ.get("MOSTLY_EPOCHS", "50"))
VALUE_SHARE = 0.1


def prepare(frame, bins):
    if IS_PRIVATE:
        return bins, common.encode(frame, bins).map(lambda code: f"c{code}")
    return bins, common.typed(frame, bins)


def fit(prepared, args):
    bins, table = prepared
    torch.set_num_threads(1)
    budget = DifferentialPrivacyConfig(
        max_epsilon=args.epsilon, delta=args.delta, value_protection_epsilon=VALUE_SHARE * args.epsilon
    )
    model = TabularARGN(
        max_epochs=EPOCHS,
        differential_privacy=budget if IS_PRIVATE else None,
        tgt_encoding_types={name: "TABULAR_CATEGORICAL" for name in table} if IS_PRIVATE else None,
        device="cpu",
        random_state=args.seed,
    )
    model.fit(table)
    return bins, model


def sample(prepared, rows, args):
    bins, model = prepared
    # Rare categories are drawn anew from the kept ones, instead of a word that stands for all of them.
    table = model.sample(n_samples=rows, device="cpu", rare_category_replacement_method="SAMPLE")
    if not IS_PRIVATE:
        return common.untyped(pd.DataFrame(table), bins)
    codes = pd.DataFrame(table).map(lambda text: int(str(text)[1:]) if str(text)[:1] == "c" else 0)
    return common.decode(codes, bins, np.random.default_rng(args.seed))


common.run(
    "mostlyai-argn-dp" if IS_PRIVATE else "mostlyai-argn",
    prepare,
    fit,
    sample,
    packages=["mostlyai-engine", "torch", "opacus", "numpy", "pandas"],
    preparation="declared bins and categories, one cell for missing; every column as categories"
    if IS_PRIVATE
    else "raw numbers and categories; missing as null",
    leaks="rare categories are cut by noise at a fixed threshold of 5 without a delta, their number is exact, and the weights "
    "kept are those of the best unnoised loss on real rows"
    if IS_PRIVATE
    else "not private: weights come from the exact rows; rare values are protected by a fixed threshold",
    settings={"epochs": EPOCHS, **({"valueShare": VALUE_SHARE} if IS_PRIVATE else {})},
)
