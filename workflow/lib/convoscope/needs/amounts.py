"""How much there is of everything that memory, time and disk grow with, from the configuration and the files it names.

What a step has written is counted; what is not there yet is foreseen from what it will be made of, so that there is
always a number, also for a group of jobs that is submitted before its first file exists.
"""

from pathlib import Path

from convoscope.config import Config, ImageExperiment, SequenceExperiment, Training
from convoscope.config.image import AROUND
from convoscope.config.recipe import TRIAL_STEPS
from convoscope.config.strategies import NEGATIVE_STRATEGIES
from convoscope.download.addresses import is_address
from convoscope.needs.counting import SAMPLE, contigs, count, shape
from convoscope.needs.foreseen import TESTED, TRAINED, VALIDATED, settings
from convoscope.needs.networks import Pace, usual_pace

# What is assumed of files that are not here yet: a human genome, as many rows as a large ChIP-seq experiment has.
BASES, LONGEST, ROWS = 3.1e9, 0.13, 50_000.0
BATCH = 512  # examples predicted at a time
PART = 65_536  # examples whose predictions are written at a time
VIEWS = 8  # flips and quarter turns of an image
STOPPED = 0.7  # share of the epochs after which early stopping usually ends a training

LETTERS = {"dna": 4.0, "rna": 4.0, "protein": 20.0}  # of the rows of ALPHABETS, which import NumPy

Amounts = dict[str, float]


def rows_of(path: str, sample: int, least: float | None = None, column: int = 4) -> float:
    """Return the rows of a table, or the number assumed where it is not here."""
    found = None if is_address(path) else count(path.removeprefix("file://"), least, column, sample)
    return ROWS if found is None else found.rows


def genome(config: Config, name: str | None) -> tuple[float, float]:
    """Return the bases of a reference, and those of its longest contig."""
    if name is None:
        return 0.0, 0.0
    known = contigs(Path(config.results, "references", name, "chrom.sizes"))
    if known:
        return float(sum(known)), float(max(known))
    reference = config.references[name]
    if reference.simulate:
        return float(reference.simulate.chromosomes * reference.simulate.length), float(reference.simulate.length)
    for mirror in reference.mirrors:
        path = mirror.removeprefix("file://")
        found = None if is_address(mirror) else count(path)
        if found is not None:
            bases = found.letters if found.records else 4.0 * Path(path).stat().st_size  # .2bit holds four in a byte
            return bases, LONGEST * bases
    return BASES, LONGEST * BASES


def simulated_rows(config: Config, path: str, reference: str | None) -> float | None:
    """Return the sites or variants of a file that a simulated reference will bring, None for any other file."""
    simulation = config.references[reference].simulate if reference else None
    if simulation is None or not path.startswith(f"{config.results}/references/{reference}/") or Path(path).is_file():
        return None
    return float(simulation.sites)


def site_rows(config: Config, experiment: SequenceExperiment, sample: int) -> float:
    """Return the rows of all site files that are used, by their scores."""
    found = 0.0
    for sites in experiment.sites.values():
        column = sites.score_column if isinstance(sites.score_column, int) else 5
        least = None if isinstance(sites.score_column, str) else sites.min_score
        made = simulated_rows(config, sites.path, experiment.reference)
        found += rows_of(sites.path, sample, least, column - 1) if made is None else made
    return found


def listed(experiment: SequenceExperiment, sample: int) -> tuple[float, float]:
    """Return the records of listed sequences, and the length that they will have."""
    records = longest = 0.0
    for file in experiment.sequences:
        found = None if is_address(file.path) else count(file.path.removeprefix("file://"), sample=sample)
        if found is None:
            records, longest = records + ROWS, max(longest, 200.0)
        elif found.records:
            records, longest = records + found.records, max(longest, found.letters / found.records)
        else:
            records, longest = records + found.rows, max(longest, found.longest)
    asked = experiment.fit.length if experiment.fit else None
    return records, float(asked or longest)


def windows(config: Config, experiment: SequenceExperiment, sample: int) -> tuple[float, float, float]:
    """Return the sites, the examples that they will become, and the letters of one."""
    if experiment.reference:
        found, length = site_rows(config, experiment, sample), float(experiment.windows.length)
    else:
        found, length = listed(experiment, sample)
    added = experiment.negatives.ratio_for(round(found)) if experiment.negatives.strategy in SAMPLED else 0.0
    if experiment.negatives.path:
        return found, found + rows_of(experiment.negatives.path, sample), length
    return found, found * (1 + added), length


SAMPLED = {name for name in NEGATIVE_STRATEGIES if name not in ("none", "file", "other_labels")}


def of_sequences(config: Config, name: str, sample: int) -> Amounts:
    """Count what an experiment on sequences has."""
    experiment = config.experiments.sequence[name]
    bases, longest = genome(config, experiment.reference)
    sites, examples, length = windows(config, experiment, sample)
    there = shape(Path(config.results, name, "data", "codes.npy"))
    if there is not None:
        examples, length = map(float, there[:2])
    return {
        "bases": bases,
        "longest": longest,
        "sites": sites,
        "examples": examples,
        "positions": length,
        "channels": LETTERS[experiment.alphabet],
        "values": examples * length,
        "letters": examples * length,
        "labelled_letters": examples * length * len(experiment.labels),
        "labels": float(len(experiment.labels)),
    }


def of_images(config: Config, name: str, sample: int) -> Amounts:
    """Count what an experiment on images has."""
    experiment = config.experiments.image[name]
    there = shape(Path(config.results, name, "data", "codes.npy"))
    labels = float(len(experiment.labels))
    if experiment.simulate:
        made = experiment.simulate
        labels, channels, size = 12.0, 2.0, made.size
        cells = float(12 * made.proteins * made.plates * made.fields * made.cells)
    else:
        assert experiment.cells is not None
        cells = max(1.0, rows_of(experiment.cells.path, sample) - 1)
        channels, size = float(max(len(experiment.crops.channels), len(experiment.cells.images))), AROUND
        labels = 12.0 if experiment.task == "multiclass" else labels  # as many classes as are not counted before
    size = experiment.crops.size or size
    examples, positions = cells, float(size * size)
    if there is not None:
        examples, channels, positions = float(there[0]), float(there[1]), float(there[2] * there[3])
    return {
        "examples": examples,
        "positions": positions,
        "channels": channels,
        "values": examples * channels * positions,
        "pixels": examples * channels * positions,
        "split_pixels": examples * channels * positions * len(experiment.all_folds),
        "labels": labels,
    }


def of_experiment(config: Config, name: str, sample: int = SAMPLE, pace: Pace | None = None) -> Amounts:
    """Count what an experiment has, and what its networks will have to do, in microseconds of one CPU thread."""
    experiment: SequenceExperiment | ImageExperiment
    if name in config.experiments.sequence:
        experiment, found = config.experiments.sequence[name], of_sequences(config, name, sample)
    else:
        experiment, found = config.experiments.image[name], of_images(config, name, sample)
    model, training = settings(experiment, found)
    pace = pace or usual_pace(model.name, model.options, found["positions"])
    networks, examples = float(len(experiment.folds) * len(experiment.seeds)), found["examples"]
    epochs = training.epochs * (1.0 if training.monitor == "none" else STOPPED)
    if training.steps is not None:
        epochs = max(1.0, min(epochs, training.steps * training.batch_size / max(1.0, TRAINED * examples)))
    parts = (experiment.search.folds or 1) if experiment.search else 0  # a trial is trained once for each
    views = VIEWS if isinstance(experiment, ImageExperiment) and experiment.average_views else 1
    return (
        found
        | ({} if isinstance(experiment, ImageExperiment) else used(experiment, found, networks, pace))
        | {
            "networks": networks,
            "outputs": examples * found["labels"],
            "scores": examples * found["labels"] * networks,
            "read": found["values"] * networks,
            "resampled": examples * found["labels"] * experiment.evaluation.bootstrap,
            "trained": TRAINED * examples * epochs * pace.training,
            "tried": TRAINED * examples * epochs * pace.training * parts,
            "chosen": TRAINED * examples * _short(epochs, training, examples) * pace.training * _scopes(experiment),
            "predicted": examples * views * pace.forward,
            "batch": min(training.batch_size, examples) * pace.memory,
            "processes": float(training.devices if training.devices > 1 else 0),  # besides the one that starts them
            "inferred": min(BATCH, examples) * pace.shown,
            "validated": min(BATCH, VALIDATED * examples) * pace.shown,
            "passed": examples * pace.forward,
            "part": min(PART, examples) * found["labels"],
            "weights": pace.weights,
            "all_weights": pace.weights * networks,
        }
    )


def _short(epochs: float, training: Training, examples: float) -> float:
    """Return the epochs of a short training that chooses a normalisation."""
    return max(1.0, min(epochs, TRIAL_STEPS * training.batch_size / max(1.0, TRAINED * examples)))


def _scopes(experiment: SequenceExperiment | ImageExperiment) -> int:
    """Return how many normalisations are tried at most: the training split's, and one for each column of groups."""
    return 1 + len(experiment.groups) if isinstance(experiment, ImageExperiment) else 0


def used(experiment: SequenceExperiment, found: Amounts, networks: float, pace: Pace) -> Amounts:
    """Foresee what trained networks on sequences will be used for, in microseconds of one CPU thread."""
    length, each = found["positions"], networks * pace.forward
    maps, pairs, tracks = experiment.maps, experiment.pairs, experiment.tracks
    mutants = 3 * length * (1 if maps is None or not maps.indels else 8 / 3)
    mapped = 0.0 if maps is None else maps.windows * found["labels"]
    places = 0.0 if pairs is None else 2 * (2 * pairs.largest / pairs.step) * pairs.backgrounds
    along = min(found["bases"], len(tracks.contigs) * found["longest"]) if tracks and tracks.contigs else found["bases"]
    return {
        "mapped": mapped * mutants * each,
        "recovered": TESTED * found["examples"] * 3 * length * each,
        "paired": 0.0 if pairs is None else pairs.motifs * (pairs.motifs - 1) / 2 * places * each,
        "scanned": along / tracks.step * each if tracks else 0.0,
        "values_along": along / tracks.step * found["labels"] if tracks else 0.0,
        "contig_scores": found["longest"] / tracks.step * found["labels"] * networks if tracks else 0.0,
    }


def of_block(config: Config, name: str, kind: str, block: str, sample: int, pace: Pace | None) -> Amounts:
    """Count the rows of the file that a job is for, and what its networks will have to do."""
    experiment = (config.experiments.sequence | config.experiments.image)[name]
    settings = getattr(experiment, kind)[block]
    amounts = of_experiment(config, name, sample, pace)
    made = simulated_rows(config, settings.path, getattr(experiment, "reference", None))
    rows = rows_of(settings.path, sample) if made is None else made
    if kind == "records":
        found = None if is_address(settings.path) else count(settings.path, sample=sample)
        letters = ROWS * amounts["positions"] if found is None else found.letters
        rows = letters / (settings.step or max(1.0, amounts["positions"] / 2))
    alleles = 2 * len(settings.shifts) if kind == "variants" else 1
    size = amounts["positions"] * (amounts["values"] / max(1.0, amounts["examples"] * amounts["positions"]))
    return amounts | {
        "rows": rows,
        "row_scores": rows * amounts["labels"],
        "row_values": rows * size,
        "scored": rows * alleles * amounts["networks"] * amounts["predicted"] / max(1.0, amounts["examples"]),
    }


def of_reference(config: Config, name: str) -> Amounts:
    """Count what a reference has."""
    bases, longest = genome(config, name)
    simulation = config.references[name].simulate
    sites = float(simulation.sites * len(simulation.factors)) if simulation else 0.0
    return {"bases": bases, "longest": longest, "sites": sites}
