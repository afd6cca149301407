#!/usr/bin/env bash
# torch 2.13.0: both ONNX exporters drop divisor_override of AvgPool2d silently: a sum (divisor 1) becomes an average
# LeNet-5 subsamples by sums; its exported network would see a quarter of every map.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
env/bin/python -W ignore - <<'PYTHON' 2> log
from importlib.metadata import version

import onnxruntime
import torch

print("torch", version("torch"))
network, image, ratio = torch.nn.AvgPool2d(2, divisor_override=1).eval(), torch.rand(1, 1, 8, 8) + 1, {}
for dynamo in (True, False):
    torch.onnx.export(network, (image,), "network.onnx", dynamo=dynamo, input_names=["image"], verbose=False)
    [exported] = onnxruntime.InferenceSession("network.onnx").run(None, {"image": image.numpy()})
    ratio[dynamo] = float((network(image) / torch.from_numpy(exported)).mean())
    print(f"dynamo={dynamo}: torch gives {ratio[dynamo]:.3f} times what onnxruntime gives")
assert all(abs(value - 4) < 1e-4 for value in ratio.values()), ratio
PYTHON
