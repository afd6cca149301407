#!/usr/bin/env bash
# snakemake 9.27.1: a Snakefile that only includes another one has no target: nothing runs, and the exit code is 0
# The first rule of an included file is no default target; workflow.default_target, set after the include, is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check snakemake==9.27.1
mkdir workflow
cat > workflow/Snakefile <<'SMK'
rule all:
    input: "result.txt"
rule make:
    output: "result.txt"
    shell: "echo done > {output}"
SMK
echo 'include: "workflow/Snakefile"' > Snakefile
env/bin/snakemake --version
for snakefile in Snakefile workflow/Snakefile; do
    env/bin/snakemake --cores 1 --snakefile $snakefile > log 2>&1 && code=0 || code=$?
    echo "$snakefile: exit code $code, result.txt $([ -e result.txt ] && echo made || echo not made)"
    echo "$code $([ -e result.txt ] && echo made || echo none)" >> seen
    [ $snakefile != Snakefile ] || grep -o 'Nothing to be done.*' log
done
[ "$(paste -sd ' ' seen)" = '0 none 0 made' ]
