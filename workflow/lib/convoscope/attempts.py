"""Failed attempts of a job: one that refused its input is the last, and its log is kept before the next.

Snakemake repeats a failed job whatever the reason, as often as ``--retries`` or the rule says, and deletes its log.
"""

import logging
import shutil
import time
from pathlib import Path
from typing import Any

from convoscope.errors import is_final

log = logging.getLogger(__name__)


def refused(path: Path, since: float) -> bool:
    """Tell whether a log that was written since a time, in seconds, ends an attempt that another could not better."""
    if not path.is_file() or path.stat().st_mtime < since:
        return False
    return any(map(is_final, path.read_text(encoding="utf-8", errors="replace").splitlines()))


class Attempts(logging.Handler):
    """Listens to what Snakemake logs: it says that an attempt failed before it decides about another."""

    def __init__(self, workflow: Any) -> None:
        super().__init__()
        self.workflow, self.since = workflow, int(time.time())

    def emit(self, record: logging.LogRecord) -> None:
        """Look at the logs of a job that failed."""
        if getattr(getattr(record, "event", None), "name", "") != "JOB_ERROR":
            return
        try:
            for running in list(self.workflow.scheduler.running):
                for job in running.jobs if running.is_group() else [running]:
                    if job.jobid == record.__dict__["jobid"]:
                        self._failed(running, [Path(path) for path in job.log])
        except Exception:  # a handler must not end the workflow: without it, the job is tried again
            self.handleError(record)

    def _failed(self, job: Any, logs: list[Path]) -> None:
        """Make this attempt the last, or keep its logs, when another would follow."""
        if job.attempt > job.restart_times:
            return
        if any(refused(path, self.since) for path in logs):
            job.attempt = job.restart_times + 1
            log.warning("refused already; not tried again")
            return
        for path in logs:
            if path.is_file():
                shutil.copy2(path, path.with_suffix(f".attempt{job.attempt}{path.suffix}"))


def watch(logger: logging.Logger, workflow: Any) -> None:
    """Let one `Attempts` listen to Snakemake's logger, also when several modules ask for it."""
    for former in [handler for handler in logger.handlers if isinstance(handler, Attempts)]:
        logger.removeHandler(former)
    logger.addHandler(Attempts(workflow))
