#!/usr/bin/env bash
# lightning-fabric 2.6.6: one process on one CPU refuses to start inside a Slurm allocation of several tasks (SLURM_NTASKS)
# An interactive salloc --ntasks=4, or a workflow manager that runs inside an allocation, is enough.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check lightning-fabric==2.6.6 torch==2.13.0 numpy==2.4.6
cat > start.py <<'PYTHON'
from importlib.metadata import version

from lightning_fabric import Fabric

try:
    fabric = Fabric(accelerator="cpu", devices=1)
    fabric.launch()
    print(f"lightning-fabric {version('lightning-fabric')}: started, world of {fabric.world_size}")
except RuntimeError as error:
    print(f"lightning-fabric {version('lightning-fabric')}: RuntimeError: {error}")
PYTHON
env -u SLURM_NTASKS env/bin/python -W ignore start.py | tee outside
SLURM_NTASKS=4 SLURM_JOB_NAME=work SLURM_JOB_ID=1 SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 \
    SLURM_NODELIST=localhost env/bin/python -W ignore start.py | tee inside
grep -q 'started, world of 1' outside
grep -q 'RuntimeError: You set `--ntasks=4`' inside
