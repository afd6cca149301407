#!/usr/bin/env bash
# gReLU 1.1.0: predicting once sets matrix products of the whole process to bfloat16, also those of other networks
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check gReLU==1.1.0 torch==2.13.0 numpy==2.4.6
venv/bin/python - <<'PYTHON'
from importlib.metadata import version

import torch
from grelu.data.dataset import SeqDataset
from grelu.lightning import LightningModel

torch.manual_seed(1)
other, inputs = torch.nn.Linear(1000, 1000), torch.rand(64, 1000)  # a network that gReLU never sees
model = LightningModel({"model_type": "ConvModel", "n_tasks": 1, "n_conv": 1, "kernel_size": 5, "stem_channels": 8},
                       {"task": "binary", "loss": "bce"})
with torch.inference_mode():
    before, setting = other(inputs), torch.get_float32_matmul_precision()
    model.predict_on_dataset(SeqDataset(["ACGT" * 10] * 4), devices="cpu")
    change = (other(inputs) - before).abs().max() / before.abs().max()
print(f"gReLU {version('gReLU')}: torch.get_float32_matmul_precision() is {setting!r} before a prediction, "
      f"{torch.get_float32_matmul_precision()!r} after it")
print(f"outputs of another network, in float32 on the CPU, change by {change:.1e} of the largest "
      f"(bfloat16 in this CPU: {torch.cpu._is_avx512_bf16_supported()})")
raise SystemExit(not (setting == "highest" and torch.get_float32_matmul_precision() == "medium"))
PYTHON
