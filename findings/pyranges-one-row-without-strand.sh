#!/usr/bin/env bash
# pyranges 0.1.7: one row without a strand, even on another contig, makes merge and cluster ignore the strands of all rows
# strand=None, the default, means "by strand if every row has one": results of a whole file change with a single dot.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pyranges==0.1.7
printf '1\t5\t9\ta\t0\t+\n1\t8\t12\tb\t0\t-\n2\t1\t5\tc\t0\t+\n' > stranded.bed
sed 's/c\t0\t+/c\t0\t./' stranded.bed > dot.bed
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import pyranges

print("pyranges", version("pyranges"))
seen = {}
for name in ("stranded", "dot"):
    merged = pyranges.read_bed(f"{name}.bed").merge().df
    first = merged[merged.Chromosome == "1"]
    seen[name] = list(zip(first.Start, first.End))
    print(f"{name}.bed: contig 1 is merged to {seen[name]}, columns {' '.join(merged.columns)}")
assert seen == {"stranded": [(5, 9), (8, 12)], "dot": [(5, 12)]}, seen
PYTHON
