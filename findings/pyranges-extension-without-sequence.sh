#!/usr/bin/env bash
# pyranges 0.1.7: extend({"5": n}) passes the start of a contig, and pyfaidx 0.9.2.2 then gives get_sequence an empty text
# extend(n) of both ends stops at 0. A negative start counts from the end of the contig, as in a slice of Python.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check pyranges==0.1.7 pyfaidx==0.9.2.2
printf '>1\nCAGATTTTCATATTATGCAGAAAATCTACTTCGCCTGATACG\n' > genome.fa
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import pyranges

print("pyranges", version("pyranges"), "pyfaidx", version("pyfaidx"))
gene = pyranges.from_dict({"Chromosome": ["1"], "Start": [3], "End": [8], "Strand": ["+"]})
seen = {}
for name, by in {"as it is": None, "extend(5)": 5, 'extend({"5": 5})': {"5": 5}}.items():
    ranges = gene if by is None else gene.extend(by)
    [sequence] = pyranges.get_sequence(ranges, "genome.fa")
    seen[name] = int(ranges.df.Start[0]), str(sequence)
    print(f"{name}: from {seen[name][0]} to {ranges.df.End[0]}: {seen[name][1]!r}")
assert seen["as it is"] == (3, "ATTTT") and seen["extend(5)"] == (0, "CAGATTTTCATAT"), seen
assert seen['extend({"5": 5})'] == (-2, ""), seen
PYTHON
