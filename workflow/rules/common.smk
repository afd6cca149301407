import json
import shlex
import sys
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

# The package travels with the workflow: a checkout, a remote module and a cluster node all run Snakemake's copy.
MANIFEST = Path(workflow.source_path("../lib/MANIFEST"))
for file in MANIFEST.read_text().split():
    workflow.source_path(f"../lib/{file}")
LIBRARY = str(MANIFEST.parent)
# So do the files that the simulation reads. Their paths are Snakemake's own and change from run to run, so that they
# reach shell commands as variables of the environment; rules have RESOURCES_SHA256 as a parameter, by which an edit is
# noticed.
DINUCLEOTIDES = workflow.source_path("../../resources/sacCer3.dinucleotides.tsv")
MATRICES = workflow.source_path("../../resources/planted.meme")
RESOURCES_SHA256 = [
    sha256(Path(path).read_bytes()).hexdigest() for path in (DINUCLEOTIDES, MATRICES)
]
SET = " ".join(
    f"{name}={shlex.quote(path)}"
    for name, path in {
        "PYTHONPATH": LIBRARY,
        "DINUCLEOTIDES": DINUCLEOTIDES,
        "MATRICES": MATRICES,
    }.items()
)
# Snakemake formats the prefix, so that a brace in a path is doubled.
QUOTED = SET.replace("{", "{{").replace("}", "}}")
shell.prefix(f"set -euo pipefail; export {QUOTED} PYTHONUNBUFFERED=1; ")
sys.path.insert(0, LIBRARY)

from convoscope import __version__ as VERSION
from convoscope.download.addresses import is_address, redacted_json
from convoscope.config import Cells
from convoscope.errors import InputError, error_lines
from convoscope.preflight import addresses, preflight, simulated_files, simulated_sites
from convoscope.report.items import ARTIFACTS, ITEMS, file_of, jobs, reads

try:
    CONFIG = preflight(config, workflow.configfiles)
except InputError as error:
    print(error_lines(error), file=sys.stderr)
    raise SystemExit(2) from None

RESULTS = CONFIG.results
SEQUENCE = CONFIG.experiments.sequence
IMAGE = CONFIG.experiments.image
EXPERIMENTS = {**SEQUENCE, **IMAGE}


def any_of(names):
    """Regular expression for exactly these names; one that matches nothing when there are none."""
    return (
        "|".join(name.replace(".", r"\.").replace("+", r"\+") for name in names) or "$^"
    )


wildcard_constraints:
    experiment=any_of(EXPERIMENTS),
    fold=r"holdout|\d+|by\.[^/]+",
    seed=r"\d+",
    reference=any_of(CONFIG.references),


def section(name):
    """Params function: one section of the experiment's configuration, as JSON."""
    return lambda wildcards: redacted_json(
        getattr(EXPERIMENTS[wildcards.experiment], name).model_dump(mode="json")
    )


def spec(*names):
    """Params function: several sections of the experiment's configuration, as one JSON object."""

    def collect(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        return redacted_json(experiment.model_dump(mode="json", include=set(names)))

    return collect


def whole_experiment(wildcards):
    """Params function: the experiment's whole configuration, as JSON."""
    return redacted_json(EXPERIMENTS[wildcards.experiment].model_dump(mode="json"))


def local(path):
    """Where the workflow finds a file that may be an address: fetched once, named by the address."""
    if not is_address(path):
        return path.removeprefix("file://")
    # Without the query, which may hold credentials and be longer than a file name.
    name = Path(urlsplit(path).path).name[-80:]
    return f"{RESULTS}/downloads/{sha256(path.encode()).hexdigest()[:12]}-{name}"


DOWNLOADS = {
    local(address): address
    for address in addresses(CONFIG)
    if local(address) != address
}


def data(name):
    """Pattern of a file in an experiment's data folder."""
    return f"{RESULTS}/{{experiment}}/data/{name}"


def examples(wildcards):
    """Input function: the table of an experiment's examples, windows or crops."""
    table = "windows.tsv" if wildcards.experiment in SEQUENCE else "crops.tsv"
    return f"{RESULTS}/{wildcards.experiment}/data/{table}"


def networks(name):
    """Input function: one file of every network of an experiment."""
    return lambda wildcards: expand(
        f"{RESULTS}/{{experiment}}/{{fold}}/{{seed}}/{name}",
        experiment=wildcards.experiment,
        fold=EXPERIMENTS[wildcards.experiment].folds,
        seed=EXPERIMENTS[wildcards.experiment].seeds,
    )
