"""DataSynthesizer: PrivBayes (correlated attribute mode) with the package's own pure epsilon."""
import os
import tempfile

import common
import numpy as np
import pandas as pd
from DataSynthesizer.DataDescriber import DataDescriber
from DataSynthesizer.DataGenerator import DataGenerator

DEGREE = int(os.environ.get("PRIVBAYES_DEGREE", "2"))


def prepare(frame, bins):
    return bins, common.encode(frame, bins).map(lambda code: f"c{code}")


def fit(prepared, args):
    bins, codes = prepared
    scratch = tempfile.mkdtemp()
    table = os.path.join(scratch, "codes.csv")
    codes.to_csv(table, index=False)
    describer = DataDescriber(category_threshold=10_000)
    names = list(codes.columns)
    describer.describe_dataset_in_correlated_attribute_mode(
        dataset_file=table,
        k=DEGREE,
        epsilon=args.epsilon,
        attribute_to_is_categorical={name: True for name in names},
        attribute_to_datatype={name: "String" for name in names},
        attribute_to_is_candidate_key={name: False for name in names},
        seed=args.seed,
    )
    path = os.path.join(scratch, "description.json")
    describer.save_dataset_description_to_file(path)
    return bins, path


def sample(model, rows, args):
    bins, path = model
    generator = DataGenerator()
    generator.generate_dataset_in_correlated_attribute_mode(rows, path, seed=args.seed)
    codes = generator.synthetic_dataset.map(lambda text: int(str(text)[1:]))
    return common.decode(pd.DataFrame(codes), bins, np.random.default_rng(args.seed))


common.run(
    "datasynthesizer-privbayes",
    prepare,
    fit,
    sample,
    packages=["DataSynthesizer", "numpy", "pandas"],
    preparation="declared bins and categories, one cell for missing; every column as categories",
    leaks="categories that occur, row count and column sizes are exact; noise and seed from NumPy's global source",
    settings={"degree": DEGREE, "delta": "0; the package has pure epsilon only"},
)
