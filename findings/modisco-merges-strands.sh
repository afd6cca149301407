#!/usr/bin/env bash
# modisco-lite 3.0.0: a motif and its reverse complement become one pattern, also in RNA, and no option says otherwise
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check modisco-lite==3.0.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
import inspect
from importlib.metadata import version

import numpy
from modiscolite.tfmodisco import TFMoDISco

WORD = numpy.array([3, 3, 0, 1, 1, 1, 2, 0, 2, 1])  # UUACCCGAGC in RNA, and GCUCGGGUAA where its complement is planted
draw = numpy.random.default_rng(1)
codes, scores = draw.integers(0, 4, (240, 60)), draw.normal(0, 0.01, (240, 60, 4))
for row in range(200):
    start = draw.integers(10, 40)
    word = WORD if row % 2 else 3 - WORD[::-1]
    codes[row, start : start + 10] = word
    scores[row, start : start + 10] += numpy.eye(4)[word] - 0.25
settings = {"sliding_window_size": 15, "flank_size": 5, "trim_to_window_size": 20, "initial_flank_to_add": 5}
patterns, _ = TFMoDISco(one_hot=numpy.eye(4)[codes], hypothetical_contribs=scores, target_seqlet_fdr=0.05,
                        n_leiden_runs=10, **settings)
turned = sum(bool(seqlet.is_revcomp) for seqlet in patterns[0].seqlets)
options = [name for name in inspect.signature(TFMoDISco).parameters if "rev" in name or "strand" in name]
print(f"modisco-lite {version('modisco-lite')}: {len(patterns)} pattern of {len(patterns[0].seqlets)} seqlets, "
      f"{turned} of them turned around; two different words of single-stranded sequence were planted")
print(f"options on strands: {', '.join(options) or 'none'}")
raise SystemExit(not (len(patterns) == 1 and turned > 20 and not options))
PYTHON
