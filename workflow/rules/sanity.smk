# Sanity controls: the first seed's training and evaluation on data from which something was taken away.
SANITY = result("sanity/{control}")


rule permute_labels:
    """Labels of another example of the same split: nothing is left to learn."""
    input:
        examples=FILES.examples,
        card=data("card.json"),
    output:
        result("sanity/permuted_labels/examples.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/permute_labels.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("permute_labels"),
    params:
        version=VERSION,
    shell:
        "python -m convoscope permute-labels --examples {input.examples:q} --card {input.card:q} --permuted {output:q} 2> {log:q}"


rule shuffle_inputs:
    """Letters or pixels in random order: composition or intensities alone are left."""
    input:
        data("codes.npy"),
    output:
        result("sanity/shuffled_inputs/codes.npy"),
    log:
        f"{RESULTS}/logs/{{experiment}}/shuffle_inputs.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("shuffle_inputs"),
    params:
        version=VERSION,
    shell:
        "python -m convoscope shuffle-inputs --codes {input:q} --shuffled {output:q} 2> {log:q}"


use rule train as train_control with:
    input:
        examples=CONTROLS.table,
        codes=CONTROLS.codes,
        card=data("card.json"),
        best=SEARCHES.best,
        weights=FILES.weights,
    output:
        model=f"{SANITY}/{{fold}}/{{seed}}/model.safetensors",
        history=f"{SANITY}/{{fold}}/{{seed}}/history.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/train.{{control}}.{{fold}}.{{seed}}.log",


use rule predict as predict_control with:
    input:
        model=f"{SANITY}/{{fold}}/{{seed}}/model.safetensors",
        examples=CONTROLS.table,
        codes=CONTROLS.codes,
        card=data("card.json"),
    output:
        f"{SANITY}/{{fold}}/{{seed}}/predictions.tsv.gz",
    log:
        f"{RESULTS}/logs/{{experiment}}/predict.{{control}}.{{fold}}.{{seed}}.log",


use rule evaluate as evaluate_control with:
    input:
        examples=CONTROLS.table,
        card=data("card.json"),
        predictions=CONTROLS.first_seed("predictions.tsv.gz"),
        baselines=[],
    output:
        ensemble=f"{SANITY}/predictions.tsv.gz",
        metrics=f"{SANITY}/metrics.json",
        curves=f"{SANITY}/curves.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/evaluate.{{control}}.log",


rule sanity_table:
    """Every control compared with chance."""
    input:
        metrics=result("metrics.json"),
        controls=expand(
            f"{SANITY}/metrics.json", control=CONTROLS.kinds, allow_missing=True
        ),
    output:
        result("sanity.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/sanity_table.log",
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("sanity_table"),
    params:
        names=CONTROLS.kinds,
        version=VERSION,
    shell:
        "python -m convoscope sanity-table --metrics {input.metrics:q} --controls {input.controls:q} --names {params.names}"
        " --table {output:q} 2>&1 | tee {log:q} >&2"
