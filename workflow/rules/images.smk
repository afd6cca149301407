rule simulate_cells:
    """Fields of cells with a known truth, and their table."""
    output:
        directory(result("simulated")),
    log:
        f"{RESULTS}/logs/{{experiment}}/simulate_cells.log",
    wildcard_constraints:
        experiment=any_of(name for name, one in IMAGE.items() if one.simulate),
    priority: BEFORE_TRAINING
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("simulate_cells"),
    params:
        spec=SECTIONS.one("simulate"),
        version=VERSION,
    shell:
        "python -m convoscope simulate-cells --spec {params.spec:q} --folder {output:q} 2> {log:q}"


rule crops:
    """Cells cut from their images at native depth; what is not used, with its reason."""
    input:
        FILES.cells_given,
    output:
        cut=data("cut.tsv"),
        codes=data("codes.npy"),
        dropped=data("dropped.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/crops.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    priority: BEFORE_TRAINING
    group:
        together("prepare")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("crops"),
    params:
        table=FILES.cells_table,
        spec=SECTIONS.crops,
        version=VERSION,
    shell:
        "python -m convoscope crops --table {params.table:q} --spec {params.spec:q} --cut {output.cut:q}"
        " --codes {output.codes:q} --dropped {output.dropped:q} 2> {log:q}"


SPLIT_CELLS = SECTIONS.several(
    "split_cells",
    "labels",
    "task",
    "groups",
    "crops",
    "normalise",
    "split",
    "ladder",
)


rule choose_normalisation:
    """What the intensities of one fold are normalised by, from short trainings without the cells that it tests."""
    input:
        cut=data("cut.tsv"),
        codes=data("codes.npy"),
        weights=FILES.weights,
    output:
        data("normalisation/{fold}.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/choose_normalisation.{{fold}}.log",
    wildcard_constraints:
        experiment=any_of(SCOPES.choosable),
    priority: BEFORE_TRAINING
    conda:
        "../../envs/training.yaml"
    threads: lambda wildcards: EXPERIMENTS[wildcards.experiment].training.threads
    resources:
        **needs("choose_normalisation"),
    params:
        spec=SPLIT_CELLS,
        columns=SCOPES.columns,
        model=SECTIONS.model,
        training=SECTIONS.training,
        seed=lambda wildcards: EXPERIMENTS[wildcards.experiment].seeds[0],
        version=VERSION,
    shell:
        "python -m convoscope choose-normalisation --cut {input.cut:q} --codes {input.codes:q} --spec {params.spec:q}"
        " --columns {params.columns:q} --fold {wildcards.fold} --model {params.model:q} --training {params.training:q}"
        " --seed {params.seed} --device {resources.device} --gpus {resources.gpu} --choice {output:q} 2>&1 | tee {log:q}"
        " | sed -u 's/^/{wildcards.experiment}, fold {wildcards.fold}: /' >&2"


rule split_cells:
    """Classes, splits and normalisation of the crops, and the dataset's card."""
    input:
        cut=data("cut.tsv"),
        codes=data("codes.npy"),
        given=FILES.cells_given,
        choices=SCOPES.choices,
    output:
        examples=data("crops.tsv"),
        card=data("card.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/split_cells.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    priority: BEFORE_TRAINING
    group:
        # Not with crops where trainings lie between the two.
        lambda wildcards: (
            None
            if wildcards.experiment in SCOPES.choosable
            else together("prepare")(wildcards)
        )
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("split_cells"),
    params:
        table=FILES.cells_table,
        spec=SPLIT_CELLS,
        choices=optional_input("choices"),
        version=VERSION,
    shell:
        "python -m convoscope split-cells --cut {input.cut:q} --codes {input.codes:q} --inputs {params.table:q}"
        " --spec {params.spec:q} {params.choices:q} --examples {output.examples:q} --card {output.card:q} 2> {log:q}"


rule audit:
    """What could make the figures too good: copies, repeated cells, classes that go with a plate."""
    input:
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        table=FILES.cells_given,
        # Where the ladder begins with single cells, brightness that names groups can be seen.
        metrics=lambda wildcards: list(FILES.splits(wildcards).values()),
    output:
        data("audit.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/audit.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    group:
        together("report")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("audit"),
    params:
        metrics=optional_input("metrics"),
        splits=lambda wildcards: ARGUMENTS.option(
            "splits", list(FILES.splits(wildcards)), wildcards
        ),
        table=FILES.cells_table,
        id=lambda wildcards: FILES.cells_section(wildcards).id,
        version=VERSION,
    shell:
        "python -m convoscope audit --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --table {params.table:q} --name {params.id:q} {params.metrics:q} {params.splits:q} --audit {output:q} 2> {log:q}"


rule interpret_images:
    """What the first network on images answers to: filters, patches, maps, class images, the control of the maps."""
    input:
        model=FILES.first_network,
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        arrays=result("image_interpretation.npz"),
        nearest=result("nearest.tsv"),
        control=result("control.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/interpret_images.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("interpret_images"),
    params:
        spec=SECTIONS.one("interpretation"),
        version=VERSION,
    shell:
        "python -m convoscope interpret-images --model {input.model:q} --examples {input.examples:q}"
        " --codes {input.codes:q} --card {input.card:q} --spec {params.spec:q} --threads {threads} --arrays {output.arrays:q}"
        " --nearest {output.nearest:q} --control-file {output.control:q} 2> {log:q}"


rule embed:
    """What the first network's last layer sees of every cell and, on average, of every group."""
    input:
        model=FILES.first_network,
        examples=data("crops.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        result("embeddings.npz"),
    log:
        f"{RESULTS}/logs/{{experiment}}/embed.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("embed"),
    params:
        version=VERSION,
    shell:
        "python -m convoscope embed --model {input.model:q} --examples {input.examples:q} --codes {input.codes:q}"
        " --card {input.card:q} --threads {threads} --embeddings {output:q} 2> {log:q}"
