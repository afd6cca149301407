#!/usr/bin/env bash
# pycytominer 1.7.1: mad_robustize turns a 1 into 1e18 where most controls are 0; the epsilon of 0 its help advises gives NaN and inf
# A count per cell may well be 0 in most control wells; without a word such a feature outweighs all others in a distance or PCA.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pycytominer==1.7.1
env/bin/python -W error::UserWarning -W error::RuntimeWarning - <<'PYTHON'
import math
from importlib.metadata import version

import pandas
from pycytominer import normalize

print("pycytominer", version("pycytominer"))
wells = pandas.DataFrame({"Metadata_control": [True] * 6 + [False] * 2, "Cells_Children_Spots_Count": [0.0, 0, 0, 0, 1, 2, 0, 1],
                          "Cells_Area": [1.0, 2, 3, 4, 5, 6, 7, 8]})
seen = {}
for name, options in {"standardize": {}, "mad_robustize": {}, "mad_robustize, epsilon 0": {"mad_robustize_epsilon": 0}}.items():
    seen[name] = normalize(wells, features=["Cells_Children_Spots_Count", "Cells_Area"], meta_features=["Metadata_control"],
                           samples="Metadata_control == True", method=name.split(",")[0], **options)
    print(f"{name}: last two wells {seen[name].Cells_Children_Spots_Count.tolist()[-2:]}, "
          f"their areas {seen[name].Cells_Area.round(2).tolist()[-2:]}")
assert abs(seen["standardize"].Cells_Children_Spots_Count).max() < 3, seen
assert seen["mad_robustize"].Cells_Children_Spots_Count.iloc[-1] > 1e17, seen
last = seen["mad_robustize, epsilon 0"].Cells_Children_Spots_Count.tolist()[-2:]
assert math.isnan(last[0]) and math.isinf(last[1]), last
PYTHON
