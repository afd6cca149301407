#!/usr/bin/env bash
# captum 0.9.0: DeepLIFT passes GELU, SiLU, Mish and ReLU6 as plain gradients, without a warning, so that contributions miss the difference
# Their sum should be the difference of the outputs (completeness); for ReLU, ELU and Softplus it is, to rounding.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check captum==0.9.0 torch==2.13.0 numpy==2.4.6
env/bin/python -W error::UserWarning - <<'PYTHON'
import warnings
from importlib.metadata import version

import torch
from captum.attr import DeepLift
from torch import nn

warnings.filterwarnings("ignore", message="Setting (forward|backward)")  # what every call of DeepLift says
print("captum", version("captum"))
missed = {}
for activation in (nn.ReLU, nn.ELU, nn.Softplus, nn.GELU, nn.SiLU, nn.Mish, nn.ReLU6):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv1d(4, 8, 5), activation(), nn.Flatten(), nn.Linear(128, 1)).double().eval()
    nn.init.normal_(network[0].weight)
    letters = torch.eye(4, dtype=torch.double)[torch.randint(0, 4, (3, 20))].transpose(1, 2)
    reference = torch.full_like(letters, 0.25).requires_grad_()
    letters.requires_grad_()
    shares = DeepLift(network).attribute(letters, reference, target=0).sum(dim=(1, 2)).detach()
    change = (network(letters) - network(reference)).flatten().detach()
    missed[activation.__name__] = float((shares - change).abs().max() / change.abs().max())
    print(f"{activation.__name__}: contributions miss {missed[activation.__name__]:.1e} of the largest difference")
assert all(missed[name] < 1e-9 for name in ("ReLU", "ELU", "Softplus")), missed
assert all(missed[name] > 1e-3 for name in ("GELU", "SiLU", "Mish", "ReLU6")), missed
PYTHON
