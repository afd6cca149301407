#!/usr/bin/env bash
# torch 2.13.0: both ONNX exporters write LogSigmoid as Log of Sigmoid, so that onnxruntime 1.32.0 gives -inf from a logit of -18 on
# torch gives the logit itself there. The Sigmoid of onnxruntime in float32 is an approximation that ends in 0; already at
# -16 the logarithm is off (by .6 with AVX2). One such site makes a mean log-probability -inf.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 numpy==2.4.6 onnx==1.23.2 onnxscript==0.7.2 onnxruntime==1.32.0
env/bin/python -W ignore - <<'PYTHON' 2> log || { cat log; exit 1; }
from importlib.metadata import version

import onnx
import onnxruntime
import torch

print("torch", version("torch"), "onnxruntime", version("onnxruntime"))
network, logits = torch.nn.LogSigmoid().eval(), torch.tensor([[-40.0, -18.0, -16.0, -8.0, 0.0, 8.0]])
print("torch:", network(logits).tolist()[0])
seen = {}
for dynamo in (True, False):
    torch.onnx.export(network, (logits,), "network.onnx", dynamo=dynamo, input_names=["logits"], verbose=False)
    [exported] = onnxruntime.InferenceSession("network.onnx").run(None, {"logits": logits.numpy()})
    steps = [node.op_type for node in onnx.load("network.onnx").graph.node]
    seen[dynamo] = exported[0].tolist(), steps
    print(f"dynamo={dynamo}: {seen[dynamo][0]}, steps {' '.join(steps)}")
assert abs(network(logits) - logits)[0, :3].max() < 1e-6
for values, steps in seen.values():
    assert values[:2] == [float("-inf")] * 2 and abs(values[2] + 16) > 0.001, values
    assert abs(values[3] + 8) < 0.01 and steps == ["Sigmoid", "Log"], seen
PYTHON
