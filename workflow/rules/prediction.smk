rule predict:
    """Validation and test examples, which alone are judged, through one network."""
    input:
        model=f"{NETWORK}/model.safetensors",
        examples=FILES.examples,
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        f"{NETWORK}/predictions.tsv.gz",
    log:
        f"{RESULTS}/logs/{{experiment}}/predict.{{fold}}.{{seed}}.log",
    priority: BEHIND_TRAINING
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("predict"),
    params:
        views=lambda wildcards: (
            "--average-views"
            if getattr(EXPERIMENTS[wildcards.experiment], "average_views", False)
            else ""
        ),
    shell:
        "python -m convoscope predict --model {input.model:q} --examples {input.examples:q} --codes {input.codes:q}"
        " --card {input.card:q} --device {resources.device} --gpus {resources.gpu} --threads {threads} {params.views}"
        " --splits validation test --predictions {output:q} 2> {log:q}"


rule baselines:
    """Something simple on the same split: composition, and k-mers, with a linear model; of simulated genomes the ceiling."""
    input:
        examples=FILES.examples,
        codes=data("codes.npy"),
        card=data("card.json"),
        truth=branch(
            lambda wildcards: bool(FILES.ceiling(wildcards.experiment)),
            then=GENOMES.genome("truth.meme"),
            otherwise=[],
        ),
    output:
        f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz",
    log:
        f"{RESULTS}/logs/{{experiment}}/baselines.{{fold}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("evaluation")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("baselines"),
    params:
        spec=SECTIONS.one("evaluation", "kmer", "seed"),
        truth=optional_input("truth"),
        simulation=SECTIONS.simulation,
        version=VERSION,
    shell:
        "python -m convoscope baselines --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --fold {wildcards.fold} --spec {params.spec:q} {params.truth:q} {params.simulation:q} --baselines {output:q} 2> {log:q}"


# Images are described once for all folds and splits.
for EXPERIMENT, SETTINGS in IMAGE.items():

    rule:
        name:
            f"baselines_{EXPERIMENT}"
        input:
            examples=FILES.examples_of(EXPERIMENT),
            codes=f"{RESULTS}/{EXPERIMENT}/data/codes.npy",
            card=f"{RESULTS}/{EXPERIMENT}/data/card.json",
        output:
            baselines=[
                f"{RESULTS}/{EXPERIMENT}/{fold}/baselines.tsv.gz"
                for fold in SETTINGS.all_folds
            ],
        log:
            f"{RESULTS}/logs/{EXPERIMENT}/baselines.log",
        group:
            together("evaluation", EXPERIMENT)
        conda:
            "../../envs/data.yaml"
        resources:
            **needs("baselines", experiment=EXPERIMENT),
        params:
            **listed("baselines"),
            folds=SETTINGS.all_folds,
            spec=SECTIONS.of(EXPERIMENT, "evaluation", "kmer", "seed"),
            version=VERSION,
        shell:
            "python -m convoscope baselines --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
            " --fold {params.folds} --spec {params.spec:q} --baselines {params.baselines:q} 2> {log:q}"


rule evaluate:
    """Ensemble and baselines on the test split, with intervals."""
    input:
        examples=FILES.examples,
        card=data("card.json"),
        predictions=FILES.networks("predictions.tsv.gz"),
        baselines=lambda wildcards: expand(
            f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz",
            experiment=wildcards.experiment,
            fold=EXPERIMENTS[wildcards.experiment].folds,
        ),
    output:
        ensemble=result("predictions.tsv.gz"),
        metrics=result("metrics.json"),
        curves=result("curves.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/evaluate.log",
    priority: BEHIND_TRAINING
    group:
        together("evaluation")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("evaluate"),
    params:
        **listed("predictions", "baselines"),
        folds=folder_names("predictions", 2),
        seeds=folder_names("predictions", 1),
        baseline_folds=folder_names("baselines", 1),
        spec=SECTIONS.one("evaluation"),
        version=VERSION,
    shell:
        "python -m convoscope evaluate --examples {input.examples:q} --card {input.card:q}"
        " --predictions {params.predictions:q} --folds {params.folds:q} --seeds {params.seeds:q}"
        " --baselines {params.baselines:q} --baseline-folds {params.baseline_folds:q} --spec {params.spec:q} --ensemble {output.ensemble:q}"
        " --metrics {output.metrics:q} --curves {output.curves:q} 2> {log:q}"


# The first seed's network under another split of the same cells.
use rule evaluate as evaluate_rung with:
    input:
        examples=FILES.examples,
        card=data("card.json"),
        predictions=lambda wildcards: [
            f"{RESULTS}/{{experiment}}/{{fold}}/{IMAGE[wildcards.experiment].seeds[0]}/predictions.tsv.gz"
        ],
        baselines=[f"{RESULTS}/{{experiment}}/{{fold}}/baselines.tsv.gz"],
    output:
        ensemble=f"{RESULTS}/{{experiment}}/{{fold}}/predictions.tsv.gz",
        metrics=f"{RESULTS}/{{experiment}}/{{fold}}/metrics.json",
        curves=f"{RESULTS}/{{experiment}}/{{fold}}/curves.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/evaluate.{{fold}}.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
        fold=r"by\.[^/]+",
    group:
        together("report")


rule tracks:
    """The prediction along the genome, one bigWig per label, from all networks of the experiment."""
    input:
        models=FILES.networks("model.safetensors"),
        fasta=GENOMES.genome("genome.fa.gz"),
        fai=GENOMES.genome("genome.fa.gz.fai"),
        gzi=GENOMES.genome("genome.fa.gz.gzi"),
        aliases=GENOMES.aliases,
    output:
        # One file per label; the contigs of a stopped run are next to it, where a retry does not remove them.
        directory(result("tracks")),
    log:
        f"{RESULTS}/logs/{{experiment}}/tracks.log",
    wildcard_constraints:
        experiment=any_of(name for name, one in SEQUENCE.items() if one.tracks),
    conda:
        "../../envs/training.yaml"
    threads: 4
    resources:
        **needs("tracks"),
    params:
        **listed("models"),
        step=lambda wildcards: SEQUENCE[wildcards.experiment].tracks.step,
        contigs=lambda wildcards: ARGUMENTS.option(
            "contigs", SEQUENCE[wildcards.experiment].tracks.contigs, wildcards
        ),
        names=GENOMES.contigs,
        unknown=GENOMES.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-genome --models {params.models:q} --genome {input.fasta:q} --step {params.step}"
        " {params.contigs:q} {params.names:q} --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu}"
        " --threads {threads} --folder {output:q} 2>&1 | tee {log:q} >&2"


rule regions:
    """Predict intervals that have no label, from all networks of the experiment."""
    input:
        models=FILES.networks("model.safetensors"),
        bed=REGIONS.file(),
        fasta=REGIONS.genome("genome.fa.gz"),
        fai=REGIONS.genome("genome.fa.gz.fai"),
        gzi=REGIONS.genome("genome.fa.gz.gzi"),
        aliases=REGIONS.aliases,
    output:
        predictions=f"{RESULTS}/{{experiment}}/regions/{{block}}/predictions.tsv.gz",
        dropped=f"{RESULTS}/{{experiment}}/regions/{{block}}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/regions.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(REGIONS.names()),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("regions"),
    params:
        **listed("models"),
        options=REGIONS.options,
        contigs=REGIONS.contigs,
        unknown=GENOMES.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-bed --models {params.models:q} --genome {input.fasta:q} --bed {input.bed:q}"
        " {params.options:q} {params.contigs:q}"
        " --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu}"
        " --threads {threads} --predictions {output.predictions:q} --dropped {output.dropped:q} 2>&1 | tee {log:q} >&2"


rule records:
    """Predict sequences that have no label, from all networks of the experiment."""
    input:
        models=FILES.networks("model.safetensors"),
        fasta=RECORDS.file(),
    output:
        predictions=f"{RESULTS}/{{experiment}}/records/{{block}}/predictions.tsv.gz",
        dropped=f"{RESULTS}/{{experiment}}/records/{{block}}/dropped.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/records.{{block}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        block=any_of(RECORDS.names()),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("records"),
    params:
        **listed("models"),
        options=RECORDS.options,
        unknown=GENOMES.max_unknown,
        version=VERSION,
    shell:
        "python -m convoscope predict-fasta --models {params.models:q} --fasta {input.fasta:q} {params.options:q}"
        " --max-unknown {params.unknown} --device {resources.device} --gpus {resources.gpu} --threads {threads}"
        " --predictions {output.predictions:q} --dropped {output.dropped:q} 2>&1 | tee {log:q} >&2"


# One rule for each table of cells, since what it writes depends on its formats.
for EXPERIMENT, SETTINGS in IMAGE.items():
    for NAME, CELLS in SETTINGS.further_cells.items():

        rule:
            name:
                f"further_cells_{EXPERIMENT}_{NAME}"
            input:
                models=FILES.networks_of(EXPERIMENT, "model.safetensors"),
                cells=FILES.local(CELLS.path),
                metrics=f"{RESULTS}/{EXPERIMENT}/metrics.json",
            output:
                **cell_outputs(f"{RESULTS}/{EXPERIMENT}/cells/{NAME}", CELLS.formats),
            log:
                f"{RESULTS}/logs/{EXPERIMENT}/cells.{NAME}.log",
            conda:
                "../../envs/training.yaml"
            resources:
                **needs("further_cells", experiment=EXPERIMENT, block=NAME),
            params:
                **listed("models"),
                spec=SECTIONS.fixed(f"{EXPERIMENT}.cells.{NAME}", CELLS),
                view="" if SETTINGS.average_views else "--one-view",
                outputs=lambda wildcards, output: [
                    word for item in output.items() for word in ARGUMENTS.option(*item)
                ],
                version=VERSION,
            shell:
                "python -m convoscope predict-cells --models {params.models:q} --cells {input.cells:q} --spec {params.spec:q}"
                " --metrics {input.metrics:q} {params.view} --device {resources.device} --gpus {resources.gpu}"
                " --threads {threads} {params.outputs:q} 2>&1 | tee {log:q} >&2"
