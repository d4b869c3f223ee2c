"""CTGAN as SDV ships it, without privacy, for CTGAN_EPOCHS epochs (50 unless set) on the processor."""
import os

import common
import torch
from sdv.metadata import Metadata
from sdv.single_table import CTGANSynthesizer

EPOCHS = int(os.environ.get("CTGAN_EPOCHS", "50"))


def prepare(frame, bins):
    columns = {
        name: {"sdtype": "numerical" if spec["type"] == "num" else "categorical"} for name, spec in bins["cols"].items()
    }
    metadata = Metadata.load_from_dict({"tables": {"table": {"columns": columns}}, "relationships": []})
    return bins, metadata, common.typed(frame, bins)


def fit(prepared, args):
    bins, metadata, table = prepared
    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    model = CTGANSynthesizer(metadata, epochs=EPOCHS, cuda=False)
    model.fit(table)
    return bins, model


def sample(prepared, rows, args):
    bins, model = prepared
    return common.untyped(model.sample(rows), bins)


common.run(
    "sdv-ctgan",
    prepare,
    fit,
    sample,
    packages=["sdv", "ctgan", "torch", "numpy", "pandas"],
    preparation="raw numbers and categories; missing as null",
    leaks="not private: mode-specific mixtures, category frequencies and network weights come from the exact rows",
    settings={"epochs": EPOCHS, "batchSize": 500, "discriminatorSteps": 1},
)
