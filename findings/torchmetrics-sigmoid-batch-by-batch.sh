#!/usr/bin/env bash
# torchmetrics 1.9.0: a sigmoid is applied to logits only in batches with a value outside 0 to 1, so that AUROC depends on the batches
# Large logits all become 1 in float32 and tie: the area of networks that are sure of a label falls. The area of
# scikit-learn uses ranks alone, which no sigmoid changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6 scikit-learn==1.9.1
env/bin/python -W error::UserWarning - <<'PYTHON'
from importlib.metadata import version

import torch
from sklearn.metrics import roc_auc_score
from torchmetrics.classification import BinaryAUROC

print("torchmetrics", version("torchmetrics"))
# Every bound site has a higher logit than every other site, so that the area is 1.
LABELS = torch.tensor([0, 0, 0, 0, 1, 1, 1, 1])
LOGITS = {
    "mixed": torch.tensor([-0.9, -0.2, 0.1, 0.3, 0.4, 0.6, 1.2, 2.0]),
    "large": torch.tensor([18.0, 19.0, 20.0, 21.0, 22.0, 23.0, 24.0, 25.0]),
}
seen = {}
for name, logits in LOGITS.items():
    for size in (8, 2):
        area = BinaryAUROC()
        for rows in torch.arange(8).split(size):
            area.update(logits[rows], LABELS[rows])
        seen[name, size] = round(float(area.compute()), 4)
        print(f"{name} logits in batches of {size}: area {seen[name, size]}, "
              f"by scikit-learn {roc_auc_score(LABELS, logits)}")
assert seen["mixed", 8] == 1 and seen["mixed", 2] < 1, seen
assert seen["large", 8] < 1, seen
PYTHON
