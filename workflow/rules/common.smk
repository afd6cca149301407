import os
import shlex
import sys
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from snakemake import __version__ as SNAKEMAKE
from snakemake.io import IOFile, get_flag_value

# The package travels with the workflow. In a checkout that can be written it is run where it lies, so that what Python
# and numba compile of it stays for the next run; of any other, or of a remote module, Snakemake's copy is run.
SNAKEFILE = workflow.source_path("../Snakefile")
ORIGIN = Path(os.path.normpath(get_flag_value(SNAKEFILE, "sourcecache_entry"))).parent
IN_PLACE = os.access(ORIGIN / "lib" / "convoscope", os.W_OK)


def own(file):
    """Path of a file of the workflow."""
    return Path(ORIGIN / file if IN_PLACE else workflow.source_path(f"../{file}"))


MANIFEST = own("lib/MANIFEST")
PACKAGE = MANIFEST.read_text().split()
for file in PACKAGE:
    own(f"lib/{file}")
LIBRARY = str(MANIFEST.parent)
# Snakemake does not see code of the package. What draws is a parameter, so that a colour redraws figures and reruns
# nothing else; of all other code the version is.
DRAWING = sha256(
    b"".join(
        (MANIFEST.parent / file).read_bytes()
        for file in PACKAGE
        if file.startswith(("convoscope/report/", "convoscope/palette."))
    )
).hexdigest()[:12]
# So do the files that the simulation reads. Their paths are Snakemake's own and change from run to run, so that they
# reach shell commands as variables of the environment; rules have RESOURCES_SHA256 as a parameter, by which an edit is
# noticed.
DINUCLEOTIDES = workflow.source_path("../../resources/sacCer3.dinucleotides.tsv")
MATRICES = workflow.source_path("../../resources/planted.meme")
RESOURCES_SHA256 = [
    sha256(Path(path).read_bytes()).hexdigest() for path in (DINUCLEOTIDES, MATRICES)
]
sys.path.insert(0, LIBRARY)

from convoscope.report.items import captions

# And the texts of the report.
CAPTIONS = [own(f"report/{file}") for file in captions()]
CAPTIONS_SHA256 = sha256(b"".join(path.read_bytes() for path in CAPTIONS)).hexdigest()
SET = " ".join(
    f"{name}={shlex.quote(path)}"
    for name, path in {
        "PYTHONPATH": LIBRARY,
        "DINUCLEOTIDES": DINUCLEOTIDES,
        "MATRICES": MATRICES,
        "CAPTIONS": str(CAPTIONS[0].parent),
    }.items()
)
# Snakemake formats the prefix, so that a brace in a path is doubled.
QUOTED = SET.replace("{", "{{").replace("}", "}}")
shell.prefix(f"set -euo pipefail; export {QUOTED} PYTHONUNBUFFERED=1; ")

from convoscope import __version__ as VERSION
from convoscope import attempts, scratch
from convoscope.download.addresses import redacted_text
from convoscope.download.credentials import store
from convoscope.errors import InputError, error_lines
from convoscope.needs.resources import needs as needs_of
from convoscope.preflight import addresses, mirrors, preflight, simulated_sites
from convoscope.report.items import ITEMS
from convoscope.rules.base import any_of
from convoscope.rules.arguments import Arguments, Words
from convoscope.rules.blocks import Blocks, Genomes
from convoscope.rules.drawings import Drawings
from convoscope.rules.files import Files
from convoscope.rules.scopes import Scopes
from convoscope.rules.searches import Controls, Searches
from convoscope.rules.run_record import record_path, write_run_record
from convoscope.rules.sections import Sections
from convoscope.rules.targets import Targets


@contextmanager
def refusals():
    """End with exit code 2 and the lines of a refusal, instead of a traceback."""
    try:
        yield
    except InputError as error:
        print(redacted_text(error_lines(error)), file=sys.stderr)
        raise SystemExit(2) from None


with refusals():
    CONFIG = preflight(config, workflow.configfiles)
    store([*addresses(CONFIG), *mirrors(CONFIG)])

RESULTS = CONFIG.results
SEQUENCE = CONFIG.experiments.sequence
IMAGE = CONFIG.experiments.image
EXPERIMENTS = {**SEQUENCE, **IMAGE}

# Input and params functions, all from the configuration alone.
# Nothing is written where commands are only printed.
ARGUMENTS = Arguments(
    RESULTS, lambda: workflow.executor_plugin is not None and not workflow.dryrun
)
FILES = Files(CONFIG)
GENOMES = Genomes(CONFIG, ARGUMENTS)
REGIONS, RECORDS, VARIANTS = (
    Blocks(kind, CONFIG, ARGUMENTS) for kind in ("regions", "records", "variants")
)
SECTIONS = Sections(CONFIG, ARGUMENTS)
SCOPES = Scopes(CONFIG, ARGUMENTS)
SEARCHES = Searches(CONFIG, ARGUMENTS)
CONTROLS = Controls(CONFIG, ARGUMENTS)
TARGETS = Targets(CONFIG, ARGUMENTS)
DRAWINGS = Drawings(CONFIG, ARGUMENTS)


def gpu_resources():
    """Resources of a job that can use a GPU; its partition is the profile's default resource gpu_partition, if any."""
    asked = {"gpu": 0 if CONFIG.device == "cpu" else 1, "device": CONFIG.device}
    defaults = workflow.resource_settings.default_resources or {}
    partition = defaults.get("gpu_partition")
    if asked["gpu"] and partition is not None:
        # As it was written: Snakemake would evaluate 2024-15 as Python.
        asked["slurm_partition"] = str(partition.raw).strip("'\"")
    return asked


# Resources of a rule, by its row of convoscope.needs.table.
needs = partial(needs_of, CONFIG, gpu_resources())


# The longest way through a run leads through trainings: they, and what they wait for, begin first, so that no processor
# is idle at the end. Of equal rank Snakemake takes the job with the largest inputs.
BEFORE_TRAINING, BEHIND_TRAINING = 2, 1


def together(group, experiment=None):
    """Group function: jobs of an experiment that a cluster gets in one submission. A dry run lists them one by one."""
    return lambda wildcards: (
        None if workflow.dryrun else f"{group}_{experiment or wildcards.experiment}"
    )


def gpus_of_training(wildcards):
    """Resource function: the GPUs of one training."""
    devices = EXPERIMENTS[wildcards.experiment].training.devices
    return 0 if CONFIG.device == "cpu" else devices


def threads_of_training(wildcards):
    """Threads function: of one training, on all of its devices."""
    training = EXPERIMENTS[wildcards.experiment].training
    return training.threads * training.devices


wildcard_constraints:
    experiment=any_of(EXPERIMENTS),
    fold=r"holdout|\d+|by\.[^/]+",
    seed=r"\d+",
    control=any_of(CONTROLS.kinds),
    reference=any_of(CONFIG.references),


def result(name):
    """Pattern of a file in an experiment's folder."""
    return f"{RESULTS}/{{experiment}}/{name}"


def data(name):
    """Pattern of a file in an experiment's data folder."""
    return result(f"data/{name}")


def shown(name, category, figure, caption, experiment="{experiment}"):
    """A figure or page of the report, in its category, under its experiment."""
    return report(
        f"{RESULTS}/{experiment}/figures/{name}",
        caption=f"../report/{caption}.rst",
        category=category,
        subcategory=experiment,
        labels={"figure": figure},
    )


def folder_names(name, above):
    """Params function: of each input of a name, the folder that number of levels above it."""
    return lambda wildcards, input: ARGUMENTS.words(
        "folders", [Path(file).parts[-1 - above] for file in input[name]], wildcards
    )


def words_of(name, words):
    """Params function: fixed words that may be many."""
    return lambda wildcards: ARGUMENTS.words(name, words, wildcards)


def listed(*names):
    """Params functions: inputs or outputs that may be many, by their names, as words of the command."""

    def words(name):
        return lambda wildcards, input, output: ARGUMENTS.words(
            name, input.get(name) or output.get(name) or [], wildcards
        )

    return {name: words(name) for name in names}


def optional_input(name):
    """Params function: an option with the inputs of that name, or nothing when there are none."""
    return lambda wildcards, input: ARGUMENTS.option(name, input.get(name), wildcards)


def named_files(wildcards, input):
    """Params function: every input as NAME=PATH."""
    words = [
        f"{name}={path}"
        for name, paths in input.items()
        for path in ([paths] if isinstance(paths, str) else paths)
    ]
    return ARGUMENTS.words("files", words, wildcards)


def cell_outputs(folder, formats):
    """Files that are written for further cells, by option of the verb."""
    further = {
        "csv": f"{folder}/predictions.csv",
        "geojson": directory(f"{folder}/geojson"),
        "napari": directory(f"{folder}/napari"),
    }
    return {
        "predictions": f"{folder}/predictions.tsv.gz",
        "dropped": f"{folder}/dropped.tsv",
        "embeddings": f"{folder}/embeddings.npz",
        **{name: further[name] for name in formats},
    }


def record_run(target, log):
    """Write what Snakemake knows of the run."""
    jobs = write_run_record(
        target,
        CONFIG,
        workflow=Path(SNAKEFILE).read_text(),
        checkout=ORIGIN,
        snakemake=SNAKEMAKE,
        lookup=lambda path: workflow.persistence.metadata(IOFile(path)),
    )
    log.write_text(f"run_record: {jobs} jobs\n")
