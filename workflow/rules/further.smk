FURTHER = f"{RESULTS}/{{experiment}}/{{kind}}/{{file}}"
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


rule draw_predicted:
    """How many of the windows without labels score how high, and which most."""
    input:
        given=f"{FURTHER}/predictions.tsv.gz",
        dropped=f"{FURTHER}/dropped.tsv",
        predictions=result("predictions.tsv.gz"),
        windows=data("windows.tsv"),
        metrics=result("metrics.json"),
    output:
        figure=shown("{kind}.{file}.svg", "Predictions", "{file}: {kind}", "predicted"),
        html=shown(
            "{kind}.{file}.html",
            "Predictions",
            "{file}: strongest {kind}, and drops",
            "predicted_table",
        ),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_predicted.{{kind}}.{{file}}.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
        kind="regions|records",
        file=any_of([*REGION_FILES, *RECORD_FILES]),
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-predicted --given {input.given:q} --dropped {input.dropped:q} --name {wildcards.file:q}"
        " --predictions {input.predictions:q} --windows {input.windows:q} --metrics {input.metrics:q}"
        " --figure {output.figure:q} --html {output.html:q} 2> {log:q}"


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


rule draw_predicted_cells:
    """What cells without labels are called, and how surely."""
    input:
        given=f"{RESULTS}/{{experiment}}/cells/{{file}}/predictions.tsv.gz",
        dropped=f"{RESULTS}/{{experiment}}/cells/{{file}}/dropped.tsv",
        predictions=result("predictions.tsv.gz"),
        examples=data("crops.tsv"),
        metrics=result("metrics.json"),
    output:
        figure=shown(
            "cells.{file}.svg", "Predictions", "{file}: cells", "predicted_cells"
        ),
        html=shown(
            "cells.{file}.html",
            "Predictions",
            "{file}: calls, least sure cells, and drops",
            "predicted_cells_table",
        ),
    log:
        f"{RESULTS}/logs/{{experiment}}/draw_predicted_cells.{{file}}.log",
    wildcard_constraints:
        experiment=any_of(IMAGE),
        file=any_of(
            sorted({name for one in IMAGE.values() for name in one.further_cells})
        ),
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope draw-predicted-cells --given {input.given:q} --dropped {input.dropped:q}"
        " --name {wildcards.file:q} --predictions {input.predictions:q} --examples {input.examples:q}"
        " --metrics {input.metrics:q} --figure {output.figure:q} --html {output.html:q} 2> {log:q}"
