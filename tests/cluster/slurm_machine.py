"""A Slurm cluster on one machine, for tests: a controller, a node of CPUs, and a node with one GPU that is none.

``python slurm_machine.py up FOLDER`` starts it, ``… down FOLDER`` stops it. It needs root and Debian's packages
``slurm-wlm`` and ``munge``, listens on the loopback alone, and keeps everything but one link in the folder. Nothing
confines jobs: their memory is not limited, and a GPU is no more than CUDA_VISIBLE_DEVICES.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

NODES = {"cpu1": 17001, "gpu1": 17002}
# Slurm's own place: srun inside a job is started without SLURM_CONF, by the Snakemake plugin that starts job steps.
DEFAULT = Path("/etc/slurm")

SLURM_CONF = """\
ClusterName=onemachine
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
TaskProlog={folder}/prolog.sh
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
# Finished jobs are remembered for the length of a test, since there is no accounting.
MinJobAge=36000
SlurmdTimeout=10
KillWait=5
ReturnToService=2
GresTypes=gpu
# More memory than the machine may have: nothing confines jobs.
SlurmdParameters=config_overrides
NodeName=cpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port={cpu1} CPUs=4 RealMemory=64000
NodeName=gpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port={gpu1} CPUs=4 RealMemory=64000 Gres=gpu:1
PartitionName=cpu Nodes=cpu1 Default=YES MaxTime=24:00:00 State=UP
PartitionName=gpu Nodes=gpu1 MaxTime=24:00:00 State=UP
"""
GRES_CONF = "NodeName=gpu1 Name=gpu File={folder}/gpu0\n"
CGROUP_CONF = "ConstrainDevices=no\n"
# Every step of a job says which GPUs it was given; Slurm itself forgets it at the end of a job without accounting.
PROLOG = """\
#!/bin/sh
echo "$SLURM_JOB_ID ${{CUDA_VISIBLE_DEVICES-}}" >>{folder}/gpus.txt
"""


def why_not() -> str:
    """Say why there can be no Slurm here; nothing if there can."""
    lacking = [name for name in ("slurmctld", "slurmd", "munged", "sbatch") if shutil.which(name) is None]
    if lacking:
        return f"no {', '.join(lacking)}: apt-get install -y --no-install-recommends slurm-wlm munge"
    if os.geteuid() != 0:
        return "a Slurm of one's own needs root"
    link = DEFAULT / "slurm.conf"
    if link.exists() and not (link.is_symlink() and not is_running(link.resolve().parent / "slurmctld.pid")):
        return f"this machine has a Slurm already, {link}"
    return ""


def is_running(pid_file: Path) -> bool:
    """Whether the process whose number a file holds is there."""
    return pid_file.is_file() and is_there(pid_file.read_text().strip() or "none")


def is_there(pid: object) -> bool:
    """Whether there is a process of a number."""
    return Path("/proc", str(pid)).exists()


class Slurm:
    """The cluster whose state lies in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder.resolve()
        self.conf = self.folder / "slurm.conf"

    def start(self) -> None:
        """Write the configuration, start all daemons and wait until both nodes are idle."""
        for name in ("state", *(f"spool.{node}" for node in NODES)):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        known = {"folder": self.folder, "host": socket.gethostname().split(".")[0], **NODES}
        DEFAULT.mkdir(exist_ok=True)
        for name, text in {"slurm": SLURM_CONF, "gres": GRES_CONF, "cgroup": CGROUP_CONF}.items():
            file, link = self.folder / f"{name}.conf", DEFAULT / f"{name}.conf"
            file.write_text(text.format(**known))
            link.unlink(missing_ok=True)
            link.symlink_to(file)
        prolog = self.folder / "prolog.sh"
        prolog.write_text(PROLOG.format(**known))
        prolog.chmod(0o755)
        # Nothing opens the device.
        (self.folder / "gpu0").symlink_to("/dev/null")
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = {"key-file": key.name, "socket": "munge.socket", "pid-file": "munged.pid", "log-file": "munged.log"}
        options = [f"--{option}={self.folder / name}" for option, name in files.items()]
        run("munged", "--force", f"--seed-file={self.folder / 'munge.seed'}", *options)
        run("slurmctld", "-f", self.conf)
        for node in NODES:
            self.start_node(node)

    def start_node(self, node: str) -> None:
        """Start one node, as after a boot (-b), and wait until it takes jobs."""
        run("slurmd", "-b", "-N", node, "-f", self.conf)
        self.wait_for_node(node, "IDLE", "MIXED", "ALLOCATED")

    def wait_for_node(self, node: str, *states: str) -> None:
        """Wait until the controller sees a node in one of some states."""
        for _ in range(240):
            state = re.search(r"State=([A-Z]+)", run("scontrol", "show", "node", node))
            if state and state[1] in states:
                return
            time.sleep(0.5)
        raise RuntimeError(f"{node} is not {', '.join(states)}; see {self.folder}/slurmd.{node}.log")

    def kill_node(self, node: str) -> None:
        """End a node as a power cut does, its daemon and all that it had started, and wait until it is missed."""
        daemon = int((self.folder / f"slurmd.{node}.pid").read_text())
        # The daemons of job steps leave their parent; they are known by the name of the node, their jobs by theirs.
        jobs = self.jobs_on(node)
        doomed = {daemon, *(pid for pid in processes() if belongs(pid, jobs))}
        for pid in doomed:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.wait_for_node(node, "DOWN")

    def jobs_on(self, node: str) -> set[str]:
        """Numbers of the jobs that run on a node."""
        return set(run("squeue", "-h", "-w", node, "-t", "running", "-o", "%A").split())

    def stop(self) -> None:
        """Cancel all jobs, end the daemons that were started here, and take the links away."""
        if is_running(self.folder / "slurmctld.pid"):
            run("scancel", "--user=root")
        names = [*(f"slurmd.{node}.pid" for node in NODES), "slurmctld.pid", "munged.pid"]
        daemons = [int(file.read_text()) for file in map(self.folder.joinpath, names) if is_running(file)]
        # A node waits longer for its jobs than a test does.
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in filter(is_there, daemons):
                os.kill(pid, number)
            for _ in range(20):
                if any(map(is_there, daemons)):
                    time.sleep(0.5)
        for link in DEFAULT.glob("*.conf"):
            if link.is_symlink() and link.resolve().parent == self.folder:
                link.unlink()

    def jobs(self) -> list[dict[str, Any]]:
        """Every job that was ever submitted, as `scontrol show job` describes it, in order; and `GPUs`, what it saw."""
        lines = run("scontrol", "-o", "show", "jobs").splitlines()
        jobs = [dict(re.findall(r"(\S+?)=(.*?) *(?= \S+?=|$)", line)) for line in lines if line.startswith("JobId=")]
        file = self.folder / "gpus.txt"
        seen = [line.partition(" ") for line in file.read_text().splitlines()] if file.exists() else []
        return [job | {"GPUs": {gpus for number, _, gpus in seen if number == job["JobId"]}} for job in jobs]


def processes() -> list[int]:
    """Return the numbers of all processes."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def belongs(pid: int, jobs: set[str]) -> bool:
    """Whether a process is a job's, or the daemon of one of its steps."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        environment = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False
    step = re.match(r"slurmstepd: \[(\d+)\.", command)
    if step:
        return step[1] in jobs
    return any(f"SLURM_JOB_ID={job}".encode() in environment for job in jobs)


def run(*command: object) -> str:
    """Run a command of Slurm; what it prints."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    verb, folder = sys.argv[1:]
    if verb == "up" and (reason := why_not()):
        sys.exit(reason)
    {"up": Slurm.start, "down": Slurm.stop}[verb](Slurm(Path(folder)))
