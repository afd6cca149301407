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
    """Metrics of an experiment by what its splits keep together: cells alone, its own, the rest of the ladder."""
    experiment = IMAGE[name]
    own = " and ".join(experiment.split.by) or "cell"
    found = {
        rung: f"{RESULTS}/{name}/by.{rung}/metrics.json" for rung in experiment.ladder
    }
    easiest = {rung: path for rung, path in found.items() if rung == "cell"}
    return {**easiest, own: f"{RESULTS}/{name}/metrics.json", **found}


def crops_spec(wildcards):
    """What cutting needs to know, with the columns that a split or the normalisation reads."""
    experiment = IMAGE[wildcards.experiment]
    kept = experiment.model_dump(include={"crops", "labels", "groups", "task"})
    return redacted_json({**kept, "cells": cells_section(wildcards).model_dump()})
