#!/usr/bin/env bash
# pybigtools 0.3.0: BigBedWriter.write of rows that are not sorted raises nothing; what it leaves cannot be read, and only stderr says why
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check numpy==2.4.6 pybigtools==0.3.0
venv/bin/python - <<'PYTHON'
import pybigtools

rows = [("chr1", 5, 9, "second\t0\t+"), ("chr1", 1, 2, "first\t0\t+")]
found = {}
for name, given in {"sorted": sorted(rows), "unsorted": rows}.items():
    pybigtools.open(f"{name}.bb", "w").write({"chr1": 100}, iter(given))
    try:
        found[name] = len(list(pybigtools.open(f"{name}.bb").records("chr1")))
    except Exception as error:
        found[name] = type(error).__name__
print(found)
raise SystemExit(found["sorted"] != 2 or found["unsorted"] == 2)
PYTHON
