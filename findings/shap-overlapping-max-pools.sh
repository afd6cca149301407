#!/usr/bin/env bash
# shap 0.51.0: DeepExplainer loses contributions where windows of a max-pool overlap, and lets it pass if outputs are below .01
# A maximum that two windows share is counted once. The check of the sum is on by default, but its limit of .01 is absolute;
# a network just initialised, a regression of small values or of probabilities of rare labels lies below it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check shap==0.51.0 torch==2.13.0 numpy==2.4.6
env/bin/python -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy
import shap
import torch
from torch import nn

print("shap", version("shap"))


def missed(width: int, step: int, scale: float) -> float | str:
    """Largest error of the sums of contributions, as a share of the largest change of the output."""
    torch.manual_seed(0)
    pooled = (46 - width) // step + 1
    network = nn.Sequential(nn.Conv1d(4, 8, 5), nn.ReLU(), nn.MaxPool1d(width, step), nn.Flatten(),
                            nn.Linear(8 * pooled, 1)).eval()
    with torch.no_grad():
        network[-1].weight *= scale
    letters = torch.eye(4)[torch.randint(0, 4, (3, 50))].transpose(1, 2).contiguous()
    reference = torch.full_like(letters[:1], 0.25)
    change = (network(letters) - network(reference)).flatten().detach().numpy()
    try:
        shares = numpy.asarray(shap.DeepExplainer(network, reference).shap_values(letters))
    except AssertionError:
        return "AssertionError: the explanations do not sum up"
    return float(numpy.abs(shares.reshape(3, -1).sum(axis=1) - change).max() / numpy.abs(change).max())


seen = {}
for width, step, scale in ((2, 2, 1), (3, 2, 1), (2, 2, 0.01), (3, 2, 0.01)):
    seen[width, step, scale] = missed(width, step, scale)
    print(f"windows of {width} every {step}, outputs times {scale}: missed {seen[width, step, scale]}")
assert seen[2, 2, 1] < 1e-4 and seen[2, 2, 0.01] < 1e-4, seen
assert isinstance(seen[3, 2, 1], str) and seen[3, 2, 0.01] > 0.1, seen
PYTHON
