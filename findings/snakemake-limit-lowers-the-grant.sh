#!/usr/bin/env bash
# snakemake 9.27.1: --resources mem_mb=1000 also rewrites what a job of 4,000 is told it may use, and starts it
# A limit on all jobs together becomes the request of a single larger job, without a word, and on every retry again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check snakemake==9.27.1
cat > Snakefile <<'SMK'
rule ask:
    output: "memory.txt"
    resources: mem_mb=4000
    shell: "echo {resources.mem_mb} > {output}"
SMK
env/bin/snakemake --version
for limit in 8000 1000; do
    env/bin/snakemake --quiet all --cores 1 --resources mem_mb=$limit --force memory.txt > log 2>&1 || cat log
    echo "mem_mb=4000 under --resources mem_mb=$limit: the job is told $(cat memory.txt)"
    cat memory.txt >> seen
done
[ "$(paste -sd ' ' seen)" = '4000 1000' ]
