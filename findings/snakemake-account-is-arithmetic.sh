#!/usr/bin/env bash
# snakemake 9.27.1: an account 2024-15 in a profile becomes 2009, quoted as YAML asks or not
# A value of set-resources or default-resources is evaluated as Python; only a text within a text ("'2024-15'") survives.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check snakemake==9.27.1
cat > Snakefile <<'SMK'
rule ask:
    output: "account.txt"
    resources: slurm_account="none"
    shell: "echo {resources.slurm_account} > {output}"
SMK
env/bin/snakemake --version
for account in 2024-15 '"2024-15"' "\"'2024-15'\""; do
    mkdir -p profile
    printf 'set-resources:\n  ask:\n    slurm_account: %s\n' "$account" > profile/config.yaml
    env/bin/snakemake --quiet all --cores 1 --profile profile --force account.txt > log 2>&1 || cat log
    echo "slurm_account: $account gives $(cat account.txt)"
    cat account.txt >> seen
done
[ "$(paste -sd ' ' seen)" = '2009 2009 2024-15' ]
