# Figures and pages of the report: a rule for each job of report/items.py.
for JOB, NAMES in jobs().items():

    rule:
        name:
            f"draw_{JOB}"
        input:
            **{name: artifact(name) for name in reads(NAMES)},
        output:
            [
                shown(f"{name}.svg", ITEMS[name].category, ITEMS[name].title)
                for name in NAMES
            ],
        log:
            f"{RESULTS}/logs/{{experiment}}/draw_{JOB}.log",
        wildcard_constraints:
            experiment=any_of(
                name
                for name in EXPERIMENTS
                if set(ITEMS[NAMES[0]].wanted) <= features(name)
            ),
        conda:
            "../../envs/data.yaml"
        params:
            names=NAMES,
            files=item_files,
            spec=item_spec(NAMES),
            version=VERSION,
        shell:
            "python -m convoscope draw --item {params.names} --files {params.files:q} {params.spec} --figure {output:q}"
            " 2> {log:q}"


rule draw_data:
    """What the examples are: composition, places, what was not used."""
    input:
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        dropped=data("dropped.tsv"),
        negatives=data("negatives.tsv"),
        sizes=branch(
            lambda wildcards: wildcards.experiment in GENOMIC,
            then=reference_file("chrom.sizes"),
            otherwise=[],
        ),
    output:
        gc=shown("composition.svg", "Data", "composition of positives and negatives"),
        places=shown("places.svg", "Data", "where the examples lie"),
        dropped=shown("dropped.svg", "Data", "rows not used, by reason"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_data.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    params:
        sizes=lambda wildcards, input: (
            f"--sizes {shlex.quote(input.sizes)}" if input.sizes else ""
        ),
        version=VERSION,
    shell:
        "python -m convoscope draw-data --windows {input.windows:q} --codes {input.codes:q} --card {input.card:q}"
        " --dropped {input.dropped:q} --negatives {input.negatives:q} {params.sizes} --gc {output.gc:q}"
        " --places {output.places:q} --dropped-figure {output.dropped:q} 2> {log:q}"


rule draw_motifs:
    """Logos of the most influential filters beside their best matches."""
    input:
        motifs=result("motifs.meme"),
        matches=result("matches.tsv"),
    output:
        shown("gallery.svg", "Motifs", "gallery of motifs"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_motifs.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope draw-motifs --motifs {input.motifs:q} --matches {input.matches:q} --spec {params.spec:q}"
        " --gallery {output:q} 2> {log:q}"


rule draw_positions:
    """Where in the window the motifs fire."""
    input:
        positions=result("positions.tsv"),
        matches=result("matches.tsv"),
        filters=result("filters.tsv"),
        card=data("card.json"),
    output:
        shown("positions.svg", "Motifs", "where the motifs fire"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_positions.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope draw-positions --positions {input.positions:q} --matches {input.matches:q}"
        " --filters {input.filters:q} --card {input.card:q} --spec {params.spec:q} --figure {output:q} 2> {log:q}"


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


rule score_table_images:
    """One row per experiment, split and method."""
    input:
        [path for name in IMAGE for path in rungs(name).values()],
    output:
        table=f"{RESULTS}/cells.tsv",
        text=f"{RESULTS}/cells.txt",
    log:
        f"{RESULTS}/logs/score_table_images.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=[name for name in IMAGE for _ in rungs(name)],
        splits=[split for name in IMAGE for split in rungs(name)],
        version=VERSION,
    shell:
        "python -m convoscope score-table --metrics {input:q} --names {params.names:q} --splits {params.splits:q}"
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


# Table of the report: artifact, category, title. The page's kind is its name.
PAGES = {
    "layers": ("layers.tsv", "Model", "layers"),
    "matches": ("matches.tsv", "Motifs", "all matches"),
    "modisco": ("modisco/matches.tsv", "Motifs", "all patterns of attributions"),
    "recovery": ("recovery.tsv", "Motifs", "planted motifs recovered"),
    "map_recovery": ("map_recovery.tsv", "Variants", "planted sites in mutation maps"),
    "dropped": ("data/dropped.tsv", "Data", "rows not used"),
    "audit": ("data/audit.tsv", "Data", "audit for leaks"),
}
CAPTIONS = {"dropped": "dropped_table", "modisco": "modisco_table"}


rule metrics_table:
    """All metrics with their intervals, as a page."""
    input:
        result("metrics.json"),
    output:
        table=result("figures/metrics.tsv"),
        html=shown("metrics.html", "Performance", "all metrics"),
    log:
        f"{RESULTS}/logs/{{experiment}}/metrics_table.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope metrics-table --metrics {input:q} --table {output.table:q} --html {output.html:q} 2> {log:q}"


rule provenance:
    """What the experiment was made of: counts, checksums, versions, configuration."""
    input:
        card=data("card.json"),
    output:
        counts=shown("counts.html", "Data", "examples by split and label"),
        html=shown("provenance.html", "Model", "provenance"),
    log:
        f"{RESULTS}/logs/{{experiment}}/provenance.log",
    conda:
        "../../envs/data.yaml"
    params:
        spec=whole_experiment,
        version=VERSION,
    shell:
        "python -m convoscope provenance --card {input.card:q} --spec {params.spec:q} --counts {output.counts:q}"
        " --html {output.html:q} 2> {log:q}"


for PAGE, (ARTIFACT, CATEGORY, TITLE) in PAGES.items():

    rule:
        name:
            f"page_{PAGE}"
        input:
            result(ARTIFACT),
        output:
            shown(f"{PAGE}.html", CATEGORY, TITLE, CAPTIONS.get(PAGE)),
        log:
            f"{RESULTS}/logs/{{experiment}}/page_{PAGE}.log",
        conda:
            "../../envs/data.yaml"
        params:
            kind=PAGE,
            version=VERSION,
        shell:
            "python -m convoscope table --tsv {input:q} --kind {params.kind} --html {output:q} 2> {log:q}"


rule experiment_row:
    """One experiment in one row."""
    input:
        metrics=result("metrics.json"),
        histories=networks("history.tsv"),
    output:
        result("summary.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/experiment_row.log",
    conda:
        "../../envs/data.yaml"
    params:
        model=lambda wildcards: EXPERIMENTS[wildcards.experiment].model.name,
        version=VERSION,
    shell:
        "python -m convoscope experiment-row --name {wildcards.experiment} --model {params.model} --metrics {input.metrics:q}"
        " --histories {input.histories:q} --row {output:q} 2> {log:q}"


rule landing_table:
    """All experiments: did it work, and by how much more than something simple?"""
    input:
        expand(f"{RESULTS}/{{experiment}}/summary.tsv", experiment=EXPERIMENTS),
    output:
        table=f"{RESULTS}/summary.tsv",
        landing=f"{RESULTS}/landing.tsv",
        html=report(
            f"{RESULTS}/summary.html",
            caption="../report/summary.rst",
            category="Summary",
            labels={"figure": "all experiments"},
        ),
    log:
        f"{RESULTS}/logs/landing_table.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope landing-table --rows {input:q} --table {output.table:q} --landing {output.landing:q}"
        " --html {output.html:q} 2> {log:q}"


rule score_table_sequences:
    """One row per experiment and label: the model, its baselines, their differences, the best motif."""
    input:
        metrics=expand(f"{RESULTS}/{{experiment}}/metrics.json", experiment=SEQUENCE),
        matches=expand(f"{RESULTS}/{{experiment}}/matches.tsv", experiment=SEQUENCE),
    output:
        table=f"{RESULTS}/scores.tsv",
        text=f"{RESULTS}/scores.txt",
    log:
        f"{RESULTS}/logs/score_table_sequences.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=list(SEQUENCE),
        version=VERSION,
    shell:
        "python -m convoscope score-table --metrics {input.metrics:q} --names {params.names:q} --matches {input.matches:q}"
        " --table {output.table:q} --text {output.text:q} 2> {log:q}"
