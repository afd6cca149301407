# Which files and which section of the configuration a rule gets.

SIMULATED = {
    name: reference
    for name, reference in CONFIG.references.items()
    if reference.simulate
}
FETCHED = {
    name: reference
    for name, reference in CONFIG.references.items()
    if not reference.simulate
}


GENOMIC = [name for name, experiment in SEQUENCE.items() if experiment.reference]
LISTED = [name for name, experiment in SEQUENCE.items() if experiment.sequences]


def reference_file(name):
    """Input function: a file of the experiment's reference."""
    return (
        lambda wildcards: f"{RESULTS}/references/{SEQUENCE[wildcards.experiment].reference}/{name}"
    )


def given_files(experiment):
    """Data files of one experiment by the option of the verb that reads them."""
    bigwigs = [sites.bigwig for sites in experiment.sites.values() if sites.bigwig]
    return {
        "sites": [local(sites.path) for sites in experiment.sites.values()],
        "bigwigs": [local(path) for path in bigwigs],
        "blacklist": [local(path) for path in [experiment.windows.blacklist] if path],
        "negatives_file": [local(path) for path in [experiment.negatives.path] if path],
        "files": [local(file.path) for file in experiment.sequences],
    }


def given(option):
    """Input function: the experiment's data files for one option."""
    return lambda wildcards: given_files(SEQUENCE[wildcards.experiment])[option]


def optional(option):
    """Params function: an option with its files, or nothing when there are none."""

    def render(wildcards):
        files = given_files(SEQUENCE[wildcards.experiment])[option]
        return f"--{option.replace('_', '-')} {shlex.join(files)}" if files else ""

    return render


def windows_spec(wildcards):
    """What the verb `windows` needs to know."""
    experiment = SEQUENCE[wildcards.experiment]
    kept = {"sites", "windows", "negatives", "split", "alphabet", "contradictions"}
    return redacted_json(
        {
            **experiment.model_dump(include=kept),
            "direction": experiment.direction,
            "strands": experiment.read_strands,
            "strand_open": experiment.strand_open,
        }
    )


def sequences_spec(wildcards):
    """What the verb `sequences` needs to know."""
    experiment = SEQUENCE[wildcards.experiment]
    kept = {"sequences", "alphabet", "negatives", "split", "contradictions", "fit"}
    return redacted_json(
        {
            **experiment.model_dump(include=kept),
            "max_dropped": experiment.windows.max_dropped,
            "strands": experiment.read_strands,
        }
    )


def source_fasta(wildcards):
    """The genome, or the listed sequences in its role."""
    experiment = SEQUENCE[wildcards.experiment]
    own = expand(data("sequences.fa.gz"), experiment=wildcards.experiment)
    return reference_file("genome.fa.gz")(wildcards) if experiment.reference else own


def all_given(wildcards):
    """Every data file of the experiment, for the card's checksums."""
    files = given_files(SEQUENCE[wildcards.experiment])
    return [path for paths in files.values() for path in paths]


def encode_spec(wildcards):
    """What encoding needs to know, with the labels in the order of the outputs."""
    experiment = SEQUENCE[wildcards.experiment]
    kept = {"alphabet", "unknown", "task", "split", "fit"}
    return redacted_json(
        {
            **experiment.model_dump(include=kept),
            "labels": experiment.labels,
            "seed": experiment.negatives.seed,
            "direction": experiment.direction,
            "strands": experiment.read_strands,
        }
    )


def further(wildcards, kind):
    """The block of the configuration on one file of intervals or of sequences to predict."""
    return getattr(SEQUENCE[wildcards.experiment], kind)[wildcards.file]


def reference_of(wildcards):
    """Name of the reference that a job's intervals or variants are on: their own, else the experiment's."""
    given = None
    if "variants" in wildcards.keys():
        given = variants_of(wildcards).reference
    elif "file" in wildcards.keys():
        given = further(wildcards, "regions").reference
    return given or SEQUENCE[wildcards.experiment].reference


def further_reference(name):
    """Input function: a file of the reference that further intervals or variants are on."""
    return lambda wildcards: f"{RESULTS}/references/{reference_of(wildcards)}/{name}"


def contig_aliases(wildcards):
    """Input function: the table of the contigs' names elsewhere, if the reference has one."""
    reference = reference_of(wildcards)
    path = CONFIG.references[reference].aliases if reference else None
    return [local(path)] if path else []


def aliases_option(wildcards):
    """Params function: the option of that table, or nothing."""
    return " ".join(
        f"--aliases {shlex.quote(path)}" for path in contig_aliases(wildcards)
    )


def contig_options(wildcards):
    """Params function: options of the contigs' names elsewhere; the user's are of the experiment's own reference."""
    experiment = SEQUENCE[wildcards.experiment]
    own = experiment.reference in (None, reference_of(wildcards))
    pairs = experiment.windows.rename.items() if own else []
    renames = shlex.join(f"{old}={new}" for old, new in pairs)
    return f"--rename {renames} " * bool(renames) + aliases_option(wildcards)


def regions_column(wildcards):
    """Option of the column of centres, or nothing for the one that the file's format has."""
    column = further(wildcards, "regions").center_column
    return "" if column is None else f"--center-column {shlex.quote(str(column))}"


def region_strand(wildcards):
    """Option of the direction in which intervals are read, or nothing for the networks' own."""
    strand = further(wildcards, "regions").strand
    return f"--strand {strand}" if strand else ""


def record_step(wildcards):
    """Option of the step between the windows of a record, or nothing for the verb's own."""
    step = further(wildcards, "records").step
    return f"--step {step}" if step else ""


def variants_of(wildcards):
    """The block of the configuration on one file of variants."""
    return SEQUENCE[wildcards.experiment].variants[wildcards.variants]


def variants_spec(wildcards):
    """The block on one file of variants, as JSON."""
    return redacted_json(variants_of(wildcards).model_dump(mode="json"))


def variant_options(wildcards):
    """Options of the verb that scores variants, from the configuration."""
    block = variants_of(wildcards)
    fields = dict.fromkeys([block.measured, block.outcome, *block.covariates])
    info = [name for name in fields if name]
    shifts = " ".join(map(str, block.shifts))
    chosen = f"--mismatch {block.mismatch} --ends {block.ends} --shifts {shifts}"
    return chosen + (f" --info {shlex.join(info)}" if info else "")


def variant_sites(wildcards, input):
    """Options of the sites in whose windows variants are scored, or nothing."""
    if not input.sites:
        return ""
    windows = SEQUENCE[wildcards.experiment].windows
    given = {
        "--sites": input.sites[0],
        "--center": windows.center,
        "--center-column": windows.center_column,
        "--strand": variants_of(wildcards).strand,
    }
    return shlex.join(
        str(word)
        for option, value in given.items()
        if value is not None
        for word in (option, value)
    )


TRACKED = [name for name in GENOMIC if SEQUENCE[name].tracks]


def track_contigs(wildcards):
    """Option of the contigs to predict, or nothing for all."""
    contigs = SEQUENCE[wildcards.experiment].tracks.contigs
    return f"--contigs {shlex.join(contigs)}" if contigs else ""


def mapped_bed(wildcards):
    """The BED of further windows to map, if one is given."""
    return SEQUENCE[wildcards.experiment].maps.bed


# Where the cells of an experiment on images come from.


def cells_folder(wildcards):
    """Folder of an experiment's simulated cells."""
    return f"{RESULTS}/{wildcards.experiment}/simulated"


def cells_section(wildcards):
    """How the table of cells is read: as configured, or as the simulation writes it."""
    experiment = IMAGE[wildcards.experiment]
    return experiment.cells or Cells(
        path=f"{cells_folder(wildcards)}/cells.tsv", form="centres"
    )


def cells_table(wildcards):
    """Path of the table of cells."""
    return local(cells_section(wildcards).path)


def cells_given(wildcards):
    """Input function: the table, or the folder that the simulation fills."""
    simulated = IMAGE[wildcards.experiment].simulate
    return cells_folder(wildcards) if simulated else cells_table(wildcards)


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


def rungs(name):
    """Folders of an experiment by what its splits keep together: cells alone, its own, the rest of the ladder."""
    if name not in IMAGE:
        return {}
    experiment = IMAGE[name]
    own = " and ".join(experiment.split.by) or "cell"
    found = {rung: f"{name}/by.{rung}" for rung in experiment.ladder}
    easiest = {rung: path for rung, path in found.items() if rung == "cell"}
    return {**easiest, own: name, **found}


def crops_spec(wildcards):
    """What cutting needs to know, with the columns that a split or the normalisation reads."""
    experiment = IMAGE[wildcards.experiment]
    kept = experiment.model_dump(include={"crops", "labels", "groups", "task"})
    return redacted_json({**kept, "cells": cells_section(wildcards).model_dump()})
