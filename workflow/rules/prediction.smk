rule predict:
    """Every example of the dataset through one network."""
    input:
        model=f"{NETWORK}/model.safetensors",
        examples=examples,
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        f"{NETWORK}/predictions.tsv.gz",
    log:
        f"{RESULTS}/logs/{{experiment}}/predict.{{fold}}.{{seed}}.log",
    conda:
        "../../envs/training.yaml"
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        views=lambda wildcards: (
            "--average-views"
            if getattr(EXPERIMENTS[wildcards.experiment], "average_views", False)
            else ""
        ),
    shell:
        "python -m convoscope predict --model {input.model:q} --examples {input.examples:q} --codes {input.codes:q}"
        " --card {input.card:q} --device {resources.device} --gpus {resources.gpu} --threads {threads} {params.views}"
        " --predictions {output:q} 2> {log:q}"


rule baselines:
    """Something simple on the same split: composition, and k-mers, with a linear model."""
    input:
        examples=examples,
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz",
    log:
        f"{RESULTS}/logs/{{experiment}}/baselines.{{fold}}.log",
    conda:
        "../../envs/data.yaml"
    params:
        spec=section("evaluation"),
        version=VERSION,
    shell:
        "python -m convoscope baselines --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --fold {wildcards.fold} --spec {params.spec:q} --baselines {output:q} 2> {log:q}"


rule evaluate:
    """Ensemble and baselines on the test split, with intervals."""
    input:
        examples=examples,
        card=data("card.json"),
        predictions=networks("predictions.tsv.gz"),
        baselines=lambda wildcards: expand(
            f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz",
            experiment=wildcards.experiment,
            fold=EXPERIMENTS[wildcards.experiment].folds,
        ),
    output:
        ensemble=f"{RESULTS}/{{experiment}}/predictions.tsv.gz",
        metrics=f"{RESULTS}/{{experiment}}/metrics.json",
        curves=f"{RESULTS}/{{experiment}}/curves.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/evaluate.log",
    conda:
        "../../envs/data.yaml"
    params:
        folds=lambda wildcards, input: [
            Path(file).parts[-3] for file in input.predictions
        ],
        seeds=lambda wildcards, input: [
            Path(file).parts[-2] for file in input.predictions
        ],
        baseline_folds=lambda wildcards, input: [
            Path(file).parts[-2] for file in input.baselines
        ],
        spec=section("evaluation"),
        version=VERSION,
    shell:
        "python -m convoscope evaluate --examples {input.examples:q} --card {input.card:q}"
        " --predictions {input.predictions:q} --folds {params.folds} --seeds {params.seeds}"
        " --baselines {input.baselines:q} --baseline-folds {params.baseline_folds} --spec {params.spec:q} --ensemble {output.ensemble:q}"
        " --metrics {output.metrics:q} --curves {output.curves:q} 2> {log:q}"


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


rule tracks:
    """The prediction along the genome, one bigWig per label, from all networks of the experiment."""
    input:
        models=networks("model.safetensors"),
        fasta=reference_file("genome.fa.gz"),
        fai=reference_file("genome.fa.gz.fai"),
        gzi=reference_file("genome.fa.gz.gzi"),
        aliases=contig_aliases,
    output:
        # One file per label; the contigs of a stopped run lie beside it, where a retry does not remove them.
        directory(f"{RESULTS}/{{experiment}}/tracks"),
    log:
        f"{RESULTS}/logs/{{experiment}}/tracks.log",
    wildcard_constraints:
        experiment=any_of(TRACKED),
    conda:
        "../../envs/training.yaml"
    threads: 4
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        step=lambda wildcards: SEQUENCE[wildcards.experiment].tracks.step,
        contigs=track_contigs,
        names=contig_options,
        unknown=lambda wildcards: SEQUENCE[wildcards.experiment].windows.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-genome --models {input.models:q} --genome {input.fasta:q} --step {params.step}"
        " {params.contigs} {params.names} --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu}"
        " --threads {threads} --folder {output:q} 2> >(tee {log:q} >&2)"


REGION_FILES = sorted({name for one in SEQUENCE.values() for name in one.regions})
RECORD_FILES = sorted({name for one in SEQUENCE.values() for name in one.records})


rule regions:
    """Predict intervals that have no label, from all networks of the experiment."""
    input:
        models=networks("model.safetensors"),
        bed=lambda wildcards: local(further(wildcards, "regions").path),
        fasta=further_reference("genome.fa.gz"),
        fai=further_reference("genome.fa.gz.fai"),
        gzi=further_reference("genome.fa.gz.gzi"),
        aliases=contig_aliases,
    output:
        predictions=f"{RESULTS}/{{experiment}}/regions/{{file}}/predictions.tsv.gz",
        dropped=f"{RESULTS}/{{experiment}}/regions/{{file}}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/regions.{{file}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        file=any_of(REGION_FILES),
    conda:
        "../../envs/training.yaml"
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        center=lambda wildcards: further(wildcards, "regions").center,
        column=regions_column,
        strand=region_strand,
        contigs=contig_options,
        unknown=lambda wildcards: SEQUENCE[wildcards.experiment].windows.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-bed --models {input.models:q} --genome {input.fasta:q} --bed {input.bed:q}"
        " --center {params.center} {params.column} {params.strand} {params.contigs}"
        " --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu}"
        " --threads {threads} --predictions {output.predictions:q} --dropped {output.dropped:q} 2> >(tee {log:q} >&2)"


rule records:
    """Predict sequences that have no label, from all networks of the experiment."""
    input:
        models=networks("model.safetensors"),
        fasta=lambda wildcards: local(further(wildcards, "records").path),
    output:
        predictions=f"{RESULTS}/{{experiment}}/records/{{file}}/predictions.tsv.gz",
        dropped=f"{RESULTS}/{{experiment}}/records/{{file}}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/records.{{file}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        file=any_of(RECORD_FILES),
    conda:
        "../../envs/training.yaml"
    resources:
        gpu=0 if CONFIG.device == "cpu" else 1,
        device=CONFIG.device,
    params:
        step=record_step,
        unknown=lambda wildcards: SEQUENCE[wildcards.experiment].windows.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-fasta --models {input.models:q} --fasta {input.fasta:q} {params.step}"
        " --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu} --threads {threads}"
        " --predictions {output.predictions:q} --dropped {output.dropped:q} 2> >(tee {log:q} >&2)"


# One rule for each table of cells, since what it writes depends on its formats.
for EXPERIMENT, SETTINGS in IMAGE.items():
    for NAME, CELLS in SETTINGS.further_cells.items():

        rule:
            name:
                f"further_cells_{EXPERIMENT}_{NAME}"
            input:
                models=expand(
                    f"{RESULTS}/{EXPERIMENT}/{{fold}}/{{seed}}/model.safetensors",
                    fold=SETTINGS.folds,
                    seed=SETTINGS.seeds,
                ),
                cells=local(CELLS.path),
                metrics=f"{RESULTS}/{EXPERIMENT}/metrics.json",
            output:
                **cell_outputs(f"{RESULTS}/{EXPERIMENT}/cells/{NAME}", CELLS.formats),
            log:
                f"{RESULTS}/logs/{EXPERIMENT}/cells.{NAME}.log",
            conda:
                "../../envs/training.yaml"
            resources:
                gpu=0 if CONFIG.device == "cpu" else 1,
                device=CONFIG.device,
            params:
                spec=CELLS.model_dump_json(),
                view="" if SETTINGS.average_views else "--one-view",
                outputs=lambda wildcards, output: shlex.join(
                    part
                    for name, path in output.items()
                    for part in (f"--{name}", path)
                ),
                version=VERSION,
            shell:
                "python -m convoscope predict-cells --models {input.models:q} --cells {input.cells:q} --spec {params.spec:q}"
                " --metrics {input.metrics:q} {params.view} --device {resources.device} --gpus {resources.gpu}"
                " --threads {threads} {params.outputs} 2> >(tee {log:q} >&2)"
