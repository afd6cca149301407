#!/usr/bin/env bash
# anndata 0.12.19: an embedding or layer named with a slash (CTCF/K562) is written, then the file cannot be read again
# In uns the same name comes back as a dictionary in a dictionary; as a column of obs it survives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check anndata==0.12.19
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import anndata
import numpy

print("anndata", version("anndata"))
seen = {}
for place in ("obs", "uns", "obsm", "layers"):
    data = anndata.AnnData(numpy.zeros((3, 2), numpy.float32))
    values = numpy.arange(3) if place in ("obs", "uns") else numpy.ones((3, 2))
    getattr(data, place)["CTCF/K562"] = values
    data.write_h5ad("data.h5ad")
    try:
        seen[place] = list(getattr(anndata.read_h5ad("data.h5ad"), place))
    except Exception as error:
        seen[place] = f"{type(error).__name__}: {error}"
    print(f"{place}: {seen[place]}")
assert seen["obs"] == ["CTCF/K562"] and seen["uns"] == ["CTCF"], seen
assert all(str(seen[place]).startswith("AttributeError") for place in ("obsm", "layers")), seen
PYTHON
