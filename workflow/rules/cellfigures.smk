rule draw_cells:
    """What the cells are: some of every class, how many on every side, what was not used."""
    input:
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        dropped=data("dropped.tsv"),
    output:
        montage=shown("montage.svg", "Data", "cells of every class"),
        sides=shown("sides.svg", "Data", "cells by class and split"),
        dropped=shown("dropped.svg", "Data", "rows not used, by reason"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_cells.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-cells --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --dropped {input.dropped:q} --montage {output.montage:q} --sides {output.sides:q}"
        " --dropped-figure {output.dropped:q} 2> {log:q}"


rule draw_classes:
    """Which classes are confused, and the surest mistakes."""
    input:
        metrics=result("metrics.json"),
        predictions=result("predictions.tsv.gz"),
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        confusion=shown("confusion.svg", "Performance", "confusions"),
        mistakes=shown("mistakes.svg", "Performance", "surest mistakes"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_classes.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-classes --metrics {input.metrics:q} --predictions {input.predictions:q}"
        " --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --confusion {output.confusion:q} --mistakes {output.mistakes:q} 2> {log:q}"


rule evaluate_rung:
    """The first seed's network under another split of the same cells."""
    input:
        examples=examples,
        card=data("card.json"),
        predictions=lambda wildcards: (
            f"{RESULTS}/{{experiment}}/{{fold}}/{IMAGE[wildcards.experiment].seeds[0]}/predictions.tsv.gz"
        ),
        baselines=f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz",
    output:
        ensemble=f"{RESULTS}/{{experiment}}/{{fold}}/predictions.tsv.gz",
        metrics=f"{RESULTS}/{{experiment}}/{{fold}}/metrics.json",
        curves=f"{RESULTS}/{{experiment}}/{{fold}}/curves.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/evaluate.{{fold}}.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
        fold=r"by\.[^/]+",
    conda:
        "../../envs/data.yaml"
    params:
        seed=lambda wildcards: IMAGE[wildcards.experiment].seeds[0],
        spec=section("evaluation"),
        version=VERSION,
    shell:
        "python -m convoscope evaluate --examples {input.examples:q} --card {input.card:q}"
        " --predictions {input.predictions:q} --folds {wildcards.fold} --seeds {params.seed}"
        " --baselines {input.baselines:q} --baseline-folds {wildcards.fold} --spec {params.spec:q}"
        " --ensemble {output.ensemble:q} --metrics {output.metrics:q} --curves {output.curves:q} 2> {log:q}"


rule draw_ladder:
    """Accuracy and calibration under every split."""
    input:
        lambda wildcards: list(rungs(wildcards.experiment).values()),
    output:
        shown("ladder.svg", "Performance", "ladder of splits"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_ladder.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/data.yaml"
    params:
        names=lambda wildcards: list(rungs(wildcards.experiment)),
        version=VERSION,
    shell:
        "python -m convoscope draw-ladder --metrics {input:q} --names {params.names:q} --figure {output:q} 2> {log:q}"


rule cell_scores:
    """One row per experiment, split and method."""
    input:
        [path for name in IMAGE for path in rungs(name).values()],
    output:
        table=f"{RESULTS}/cells.tsv",
        text=f"{RESULTS}/cells.txt",
    log:
        f"{RESULTS}/logs/cell_scores.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=[name for name in IMAGE for _ in rungs(name)],
        splits=[split for name in IMAGE for split in rungs(name)],
        version=VERSION,
    shell:
        "python -m convoscope cell-scores --metrics {input:q} --names {params.names:q} --splits {params.splits:q}"
        " --table {output.table:q} --text {output.text:q} 2> {log:q}"


rule draw_filtering:
    """The classic filters of the field on a real crop."""
    input:
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        shown("filtering.svg", "Filters", "from averages to edges"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_filtering.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    conda:
        "../../envs/training.yaml"
    params:
        channel=lambda wildcards: len(IMAGE[wildcards.experiment].crops.channels[1:2]),
        names=lambda wildcards: shlex.join(
            ["--names", *names]
            if (names := IMAGE[wildcards.experiment].crops.channels)
            else []
        ),
        version=VERSION,
    shell:
        "python -m convoscope draw-filtering --codes {input.codes:q} --channel {params.channel} {params.names}"
        " --figure {output:q} 2> {log:q}"
