#!/bin/sh
# properties = {properties}
# How a job ended is written down where status.sh looks: schedulers forget, or do not say.
cd "${{PBS_O_WORKDIR:-.}}" || exit 1
({exec_job})
ended=$?
mkdir -p .snakemake/ended
echo $ended >".snakemake/ended/${{PBS_JOBID:-$SLURM_JOB_ID}}"
exit $ended
