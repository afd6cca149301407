#!/usr/bin/env bash
# snakefmt 2.1.0: wraps a call before its argument include=…, takes that line for the keyword include, and cannot parse its own output
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check snakefmt==2.1.0
cat >Snakefile <<'SNAKEFILE'
def settings(model):
    """Return some fields of a pydantic model."""
    return model.model_dump(include={"alphabet", "unknown", "task", "split", "strands", "seed"})
SNAKEFILE
venv/bin/snakefmt --version
venv/bin/snakefmt Snakefile
cat Snakefile
venv/bin/python -c 'compile(open("Snakefile").read(), "Snakefile", "exec"); print("valid Python")'
code=0
venv/bin/snakefmt --check Snakefile || code=$?
echo "exit code of snakefmt --check on its own output: $code"
[ "$code" = 123 ]
