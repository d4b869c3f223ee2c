"""Makes benchmark-scores.json: what the public scoring script says of damaged tables of a simulated world.

use: node datasets/hiring/generate.mjs --rows 1500 --seed 1 --out train.csv   (and --rows 500 --seed 2 --out test.csv)
     SCORE_SCRIPT=…/score.py python test/reference/make-benchmark-scores.py FOLDER
FOLDER holds train.csv and test.csv. Columns of dates are left out, because the script knows numbers and texts only. The
synthetic tables are the training rows with columns turned against each other: no random numbers are needed to make them again.
Figures are written in full, not rounded as the script prints them.
"""
import importlib.util
import json
import os
import sys

import numpy as np
import pandas as pd

spec = importlib.util.spec_from_file_location("score", os.environ["SCORE_SCRIPT"])
score = importlib.util.module_from_spec(spec)
spec.loader.exec_module(score)

folder = sys.argv[1]
here = os.path.dirname(os.path.abspath(__file__))
schema = json.load(open(os.path.join(here, "../../datasets/hiring/schema.json")))
cols, target = {}, None
for field in schema["fields"]:
    privacy, limits = field.get("privacy", {}), field.get("constraints", {})
    role = privacy.get("role", [])
    role = [role] if isinstance(role, str) else role
    if "target" in role:
        target = field["name"]
    if "identifier" in role or field["type"] in ("date", "datetime"):
        continue
    missing = not limits.get("required", False)
    if field["type"] in ("integer", "number"):
        cols[field["name"]] = {"type": "num", "integer": field["type"] == "integer", "edges": privacy["bins"], "missing": missing}
    else:
        values = ["false", "true"] if field["type"] == "boolean" else limits.get("enum", field.get("categories"))
        cols[field["name"]] = {"type": "cat", "values": values, "missing": missing}
bins = {"target": target, "cols": cols}
read = lambda name: pd.read_csv(os.path.join(folder, name), dtype=str, keep_default_na=False)
train, test = read("train.csv"), read("test.csv")
sizes = [score.size(one) for one in cols.values()]
a, t = score.encode(train, bins), score.encode(test, bins)

def compare(damaged):
    b = score.encode(damaged, bins)
    scores = {"rows": len(damaged)}
    for way in (1, 2, 3):
        x = score.tvds(a, b, sizes, way)
        scores |= {f"tvd{way}": x.mean(), f"tvd{way}_max": x.max(), f"tvd{way}_test": score.tvds(t, b, sizes, way).mean()}
    scores |= {"kmarg": 1000 * (1 - scores["tvd3"]), "aim_err3": 2 * scores["tvd3"]}
    scores["cramer_mad"] = np.abs(score.cramers_v(a, sizes) - score.cramers_v(b, sizes)).mean()
    return scores


def odd(name, spec, cells):
    """Numbers beyond their bounds and between whole ones, blanks where they may be, categories that nobody listed."""
    if name == target:
        return cells
    row = np.arange(len(cells))
    if spec["type"] == "num":
        cells = np.array([text and str(float(text) * 1.5) for text in cells])
    else:
        cells = np.where(row % 5 == 0, "unheard of", cells)
    return np.where(row % 7 == 0, "", cells) if spec["missing"] else cells


out = {}
for shift in (0, 1, 7):
    turned = train.iloc[: 1500 - 300 * min(shift, 1)].reset_index(drop=True)
    turned = pd.DataFrame({name: np.roll(turned[name].to_numpy(), shift * index) for index, name in enumerate(train.columns)})
    out[str(shift)] = compare(turned) | score.tstr(turned, test, bins)
damaged = pd.DataFrame({name: odd(name, spec, train[name].to_numpy(str)) for name, spec in cols.items()})
out["odd"] = compare(damaged) | score.tstr(damaged, test, bins)
out = {case: {name: float(value) for name, value in scores.items()} for case, scores in out.items()}
print(json.dumps(out, indent=1))
