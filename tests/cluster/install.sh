#!/usr/bin/env bash
# Debian's Slurm, if it is not there and can be had; without it the tests that need it are skipped.
set -euo pipefail
command -v slurmctld >/dev/null && command -v munged >/dev/null && command -v qsub >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm slurm-wlm-torque munge && exit 0
fi
echo "no Slurm, and none can be installed here: the tests on a cluster are skipped"
