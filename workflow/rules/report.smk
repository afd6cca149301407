def result(name):
    """Pattern of a file in an experiment's folder."""
    return f"{RESULTS}/{{experiment}}/{name}"


def shown(name, category, figure, caption=None):
    """A figure or page of the report, in its category, under its experiment."""
    return report(
        result(f"figures/{name}"),
        caption=f"../report/{caption or Path(name).stem}.rst",
        category=category,
        subcategory="{experiment}",
        labels={"figure": figure},
    )


# Table of the report: artifact, category, title. The page's kind is its name.
PAGES = {
    "layers": ("layers.tsv", "Model", "layers"),
    "matches": ("matches.tsv", "Motifs", "all matches"),
    "recovery": ("recovery.tsv", "Motifs", "planted motifs recovered"),
    "dropped": ("data/dropped.tsv", "Data", "rows not used"),
}
CAPTIONS = {"dropped": "dropped_table"}
FIGURES = [
    "composition.svg",
    "places.svg",
    "dropped.svg",
    "learning.svg",
    "discrimination.svg",
    "forest.svg",
    "calibration.svg",
    "scores.svg",
    "gallery.svg",
    "positions.svg",
    "metrics.html",
    "counts.html",
    "provenance.html",
    "layers.html",
    "matches.html",
    "dropped.html",
]


def planted(name):
    """Whether the truth of an experiment is known."""
    return SEQUENCE[name].reference in SIMULATED


def everything():
    """Every file that `rule all` asks for."""
    files = [
        f"{RESULTS}/{name}/figures/{figure}" for name in SEQUENCE for figure in FIGURES
    ]
    files += [
        f"{RESULTS}/{name}/figures/recovery.html" for name in SEQUENCE if planted(name)
    ]
    files += [
        f"{RESULTS}/{name}/data/one_hot.npy"
        for name in SEQUENCE
        if SEQUENCE[name].export_one_hot
    ]
    return [*files, f"{RESULTS}/scores.tsv", f"{RESULTS}/summary.html"]


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
    conda:
        "../../envs/data.yaml"
    params:
        sizes=lambda wildcards, input: f"--sizes '{input.sizes}'" if input.sizes else "",
        version=VERSION,
    shell:
        "{CONVOSCOPE} draw-data --windows {input.windows:q} --codes {input.codes:q} --card {input.card:q}"
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
        monitor=lambda wildcards: SEQUENCE[wildcards.experiment].training.monitor,
        version=VERSION,
    shell:
        "{CONVOSCOPE} draw-learning --histories {input:q} --names {params.names} --monitor {params.monitor}"
        " --figure {output:q} 2> {log:q}"


rule draw_performance:
    """Curves and intervals of the ensemble and its baselines."""
    input:
        metrics=result("metrics.json"),
        curves=result("curves.tsv"),
        predictions=result("predictions.tsv.gz"),
        windows=data("windows.tsv"),
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
        "{CONVOSCOPE} draw-performance --metrics {input.metrics:q} --curves {input.curves:q}"
        " --predictions {input.predictions:q} --windows {input.windows:q} --card {input.card:q}"
        " --discrimination {output.discrimination:q} --forest {output.forest:q} 2> {log:q}"


rule draw_predictions:
    """Calibration, and predictions by what was measured."""
    input:
        metrics=result("metrics.json"),
        predictions=result("predictions.tsv.gz"),
        windows=data("windows.tsv"),
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
        "{CONVOSCOPE} draw-predictions --metrics {input.metrics:q} --predictions {input.predictions:q}"
        " --windows {input.windows:q} --card {input.card:q} --calibration {output.calibration:q}"
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
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "{CONVOSCOPE} draw-motifs --motifs {input.motifs:q} --matches {input.matches:q} --spec {params.spec:q}"
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
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("motifs"),
        version=VERSION,
    shell:
        "{CONVOSCOPE} draw-positions --positions {input.positions:q} --matches {input.matches:q}"
        " --filters {input.filters:q} --card {input.card:q} --spec {params.spec:q} --figure {output:q} 2> {log:q}"


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
        "{CONVOSCOPE} metrics-table --metrics {input:q} --table {output.table:q} --html {output.html:q} 2> {log:q}"


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
        spec=lambda wildcards: SEQUENCE[wildcards.experiment].model_dump_json(),
        version=VERSION,
    shell:
        "{CONVOSCOPE} provenance --card {input.card:q} --spec {params.spec:q} --counts {output.counts:q}"
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
            "{CONVOSCOPE} table --tsv {input:q} --kind {params.kind} --html {output:q} 2> {log:q}"


rule summarise:
    """One experiment in one row."""
    input:
        metrics=result("metrics.json"),
        histories=networks("history.tsv"),
    output:
        result("summary.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/summarise.log",
    conda:
        "../../envs/data.yaml"
    params:
        model=lambda wildcards: SEQUENCE[wildcards.experiment].model.name,
        version=VERSION,
    shell:
        "{CONVOSCOPE} summarise --name {wildcards.experiment} --model {params.model} --metrics {input.metrics:q}"
        " --histories {input.histories:q} --row {output:q} 2> {log:q}"


rule summary:
    """All experiments: did it work, and by how much more than something simple?"""
    input:
        expand(f"{RESULTS}/{{experiment}}/summary.tsv", experiment=SEQUENCE),
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
        f"{RESULTS}/logs/summary.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "{CONVOSCOPE} summary --rows {input:q} --table {output.table:q} --landing {output.landing:q}"
        " --html {output.html:q} 2> {log:q}"


rule scores:
    """One row per experiment and label: the model, its baselines, their differences, the best motif."""
    input:
        metrics=expand(f"{RESULTS}/{{experiment}}/metrics.json", experiment=SEQUENCE),
        matches=expand(f"{RESULTS}/{{experiment}}/matches.tsv", experiment=SEQUENCE),
    output:
        table=f"{RESULTS}/scores.tsv",
        text=f"{RESULTS}/scores.txt",
    log:
        f"{RESULTS}/logs/scores.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=list(SEQUENCE),
        version=VERSION,
    shell:
        "{CONVOSCOPE} scores --metrics {input.metrics:q} --names {params.names:q} --matches {input.matches:q}"
        " --table {output.table:q} --text {output.text:q} 2> {log:q}"
