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


rule draw_learning:
    """Learning curves of all networks of an experiment."""
    input:
        networks("history.tsv"),
    output:
        shown("learning.svg", "Performance", "learning curves"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_learning.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=lambda wildcards, input: [
            f"{Path(file).parts[-3]}.{Path(file).parts[-2]}" for file in input
        ],
        monitor=lambda wildcards: EXPERIMENTS[wildcards.experiment].training.monitor,
        metric=lambda wildcards: headline(EXPERIMENTS[wildcards.experiment].task),
        version=VERSION,
    shell:
        "python -m convoscope draw-learning --histories {input:q} --names {params.names} --monitor {params.monitor}"
        " --metric {params.metric}"
        " --figure {output:q} 2> {log:q}"


rule draw_performance:
    """Curves and intervals of the ensemble and its baselines."""
    input:
        metrics=result("metrics.json"),
        curves=result("curves.tsv"),
        predictions=result("predictions.tsv.gz"),
        examples=examples,
        card=data("card.json"),
    output:
        discrimination=shown(
            "discrimination.svg", "Performance", "ROC and precision-recall"
        ),
        forest=shown("forest.svg", "Performance", "metrics with intervals"),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_performance.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-performance --metrics {input.metrics:q} --curves {input.curves:q}"
        " --predictions {input.predictions:q} --examples {input.examples:q} --card {input.card:q}"
        " --discrimination {output.discrimination:q} --forest {output.forest:q} 2> {log:q}"


rule draw_predictions:
    """Calibration, and predictions by what was measured."""
    input:
        metrics=result("metrics.json"),
        predictions=result("predictions.tsv.gz"),
        examples=examples,
        card=data("card.json"),
    output:
        calibration=shown("calibration.svg", "Performance", "calibration"),
        scores=shown(
            "scores.svg", "Performance", "predictions of positives and negatives"
        ),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_predictions.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-predictions --metrics {input.metrics:q} --predictions {input.predictions:q}"
        " --examples {input.examples:q} --card {input.card:q} --calibration {output.calibration:q}"
        " --scores {output.scores:q} 2> {log:q}"


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
