# Figures and pages of the report: a rule for each job of an experiment, since what it draws depends on what there is.
for JOB in DRAWINGS.jobs():

    rule:
        name:
            f"draw_{JOB.name}"
        input:
            **DRAWINGS.inputs(JOB),
        output:
            figures=[
                shown(
                    file,
                    ITEMS[item].category,
                    ITEMS[item].title.format(**JOB.block_of),
                    ITEMS[item].caption or item,
                    JOB.experiment,
                )
                for item, file in JOB.files()
            ],
            copies=[
                f"{RESULTS}/{JOB.experiment}/figures/{file}" for file in JOB.copies()
            ],
        log:
            f"{RESULTS}/logs/{JOB.experiment}/{JOB.log}",
        group:
            together("report", JOB.experiment)
        conda:
            "../../envs/data.yaml"
        resources:
            **needs(f"draw_{JOB.job}", experiment=JOB.experiment, **JOB.block_of),
        params:
            names=JOB.items,
            files=named_files,
            options=DRAWINGS.options(JOB),
            version=VERSION,
            drawing=DRAWING,
        shell:
            "python -m convoscope draw --item {params.names} --files {params.files:q} {params.options:q}"
            " --figure {output.figures:q} 2> {log:q}"


rule experiment_row:
    """One experiment in one row."""
    input:
        metrics=result("metrics.json"),
        histories=FILES.networks("history.tsv"),
        best=SEARCHES.collected,
    output:
        result("summary.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/experiment_row.log",
    group:
        together("evaluation")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("experiment_row"),
    params:
        **listed("histories"),
        model=lambda wildcards: EXPERIMENTS[wildcards.experiment].model.name,
        best=optional_input("best"),
        version=VERSION,
    shell:
        "python -m convoscope experiment-row --name {wildcards.experiment} --model {params.model} --metrics {input.metrics:q}"
        " --histories {params.histories:q} {params.best:q} --row {output:q} 2> {log:q}"


rule experiment:
    """Everything of one experiment; what its report is made of is one submission, since all of it leads here."""
    input:
        lambda wildcards: TARGETS.of_experiment(wildcards.experiment),
    output:
        touch(f"{RESULTS}/logs/{{experiment}}/whole"),
    group:
        together("report")
    resources:
        **needs("experiment"),


# Seconds of work, and over all experiments: no submissions.
localrules:
    landing_table,
    score_table_sequences,
    score_table_images,
    report_index,


rule landing_table:
    """All experiments: did it work, and by how much more than something simple?"""
    input:
        rows=expand(result("summary.tsv"), experiment=EXPERIMENTS),
    output:
        table=f"{RESULTS}/summary.tsv",
        landing=f"{RESULTS}/landing.tsv",
        verdicts=f"{RESULTS}/verdicts.txt",
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
    resources:
        **needs("landing_table"),
    params:
        **listed("rows"),
        version=VERSION,
        drawing=DRAWING,
    shell:
        "python -m convoscope landing-table --rows {params.rows:q} --table {output.table:q} --landing {output.landing:q}"
        " --html {output.html:q} --verdicts {output.verdicts:q} 2> {log:q}"


rule score_table_sequences:
    """One row per experiment and label: the model, its baselines, their differences, the best motif."""
    input:
        metrics=expand(result("metrics.json"), experiment=SEQUENCE),
        matches=expand(result("motifs.tsv"), experiment=SEQUENCE),
    output:
        table=f"{RESULTS}/scores.tsv",
        text=f"{RESULTS}/scores.txt",
        multiqc=f"{RESULTS}/scores_mqc.tsv",
    log:
        f"{RESULTS}/logs/score_table_sequences.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("score_table_sequences"),
    params:
        **listed("metrics", "matches"),
        names=words_of("names", list(SEQUENCE)),
        version=VERSION,
        drawing=DRAWING,
    shell:
        "python -m convoscope score-table --metrics {params.metrics:q} --names {params.names:q} --matches {params.matches:q}"
        " --table {output.table:q} --text {output.text:q} --multiqc {output.multiqc:q} 2> {log:q}"


rule score_table_images:
    """One row per experiment, split and method."""
    input:
        metrics=[
            f"{RESULTS}/{folder}/metrics.json"
            for name in IMAGE
            for folder in TARGETS.rungs(name).values()
        ],
    output:
        table=f"{RESULTS}/cells.tsv",
        text=f"{RESULTS}/cells.txt",
        multiqc=f"{RESULTS}/cells_mqc.tsv",
    log:
        f"{RESULTS}/logs/score_table_images.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("score_table_images"),
    params:
        **listed("metrics"),
        names=words_of("names", [name for name in IMAGE for _ in TARGETS.rungs(name)]),
        splits=words_of(
            "splits", [split for name in IMAGE for split in TARGETS.rungs(name)]
        ),
        version=VERSION,
        drawing=DRAWING,
    shell:
        "python -m convoscope score-table --metrics {params.metrics:q} --names {params.names:q} --splits {params.splits:q}"
        " --table {output.table:q} --text {output.text:q} --multiqc {output.multiqc:q} 2> {log:q}"


rule report_index:
    """All figures, pages and tables in one document that needs nothing but itself."""
    input:
        **TARGETS.of_index(),
        overviews=expand(result("overview.json"), experiment=EXPERIMENTS),
    output:
        f"{RESULTS}/index.html",
    log:
        f"{RESULTS}/logs/report_index.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("report_index"),
    params:
        **listed("overviews"),
        files=words_of(
            "files",
            [
                f"{item}={path}"
                for item, paths in TARGETS.of_index().items()
                for path in paths
            ],
        ),
        captions=CAPTIONS_SHA256,
        version=VERSION,
        drawing=DRAWING,
    shell:
        'python -m convoscope report-index --files {params.files:q} --captions "$CAPTIONS"'
        " --overviews {params.overviews:q} --index {output:q} 2> {log:q}"
