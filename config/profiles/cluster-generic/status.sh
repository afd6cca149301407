#!/bin/sh
# Say of a job whether it is `running` (or waits), ended in `success`, or `failed`.
said() {
    [ -s ".snakemake/ended/$1" ] || return 1
    [ "$(cat ".snakemake/ended/$1")" = 0 ] && echo success || echo failed
}
said "$1" && exit
qstat -f "$1" 2>/dev/null | grep -q 'job_state = [^CF]' && echo running && exit
# It has left the queue: either a shared file system is late, or it was killed.
sleep 5
said "$1" || echo failed
