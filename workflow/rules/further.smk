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
