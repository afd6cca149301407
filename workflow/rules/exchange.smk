# Networks as ONNX files, and the model card: what another person needs to use them elsewhere.
WITHOUT_REAL_DATA = [name for name in SEQUENCE if planted(name)] + [
    name for name in IMAGE if IMAGE[name].simulate is not None
]


# One job for all networks of an experiment: the exporter takes longer to start than to export.
for EXPERIMENT, SETTINGS in EXPERIMENTS.items():

    rule:
        name:
            f"export_onnx_{EXPERIMENT}"
        input:
            models=expand(
                f"{RESULTS}/{EXPERIMENT}/{{fold}}/{{seed}}/model.safetensors",
                fold=SETTINGS.folds,
                seed=SETTINGS.seeds,
            ),
            examples=f"{RESULTS}/{EXPERIMENT}/data/{'windows' if EXPERIMENT in SEQUENCE else 'crops'}.tsv",
            codes=f"{RESULTS}/{EXPERIMENT}/data/codes.npy",
            card=f"{RESULTS}/{EXPERIMENT}/data/card.json",
        output:
            expand(
                f"{RESULTS}/{EXPERIMENT}/{{fold}}/{{seed}}/model.onnx",
                fold=SETTINGS.folds,
                seed=SETTINGS.seeds,
            ),
        log:
            f"{RESULTS}/logs/{EXPERIMENT}/export_onnx.log",
        conda:
            "../../envs/training.yaml"
        params:
            version=VERSION,
        shell:
            "python -m convoscope export-onnx --models {input.models:q} --examples {input.examples:q}"
            " --codes {input.codes:q} --card {input.card:q} --onnx {output:q} 2> {log:q}"


rule model_card:
    """What the networks are, what they were made of, how good they are, and what not to believe of them."""
    input:
        models=networks("model.safetensors"),
        exchanged=lambda wildcards: (
            networks("model.onnx")(wildcards)
            if EXPERIMENTS[wildcards.experiment].onnx
            else []
        ),
        examples=examples,
        card=data("card.json"),
        dropped=data("dropped.tsv"),
        metrics=result("metrics.json"),
        layers=result("layers.tsv"),
        histories=networks("history.tsv"),
        matches=branch(
            lambda wildcards: wildcards.experiment in SEQUENCE,
            then=result("matches.tsv"),
            otherwise=[],
        ),
        audit=branch(
            lambda wildcards: wildcards.experiment in IMAGE,
            then=data("audit.tsv"),
            otherwise=[],
        ),
    output:
        markdown=result("model_card.md"),
        html=shown("model_card.html", "Model", "model card"),
    log:
        f"{RESULTS}/logs/{{experiment}}/model_card.log",
    conda:
        "../../envs/data.yaml"
    params:
        exchanged=lambda wildcards, input: (
            ["--exchanged", *input.exchanged] if input.exchanged else []
        ),
        matches=lambda wildcards, input: (
            ["--matches", input.matches] if input.matches else []
        ),
        audit=lambda wildcards, input: ["--audit", input.audit] if input.audit else [],
        simulated=lambda wildcards: (
            ["--simulated"] if wildcards.experiment in WITHOUT_REAL_DATA else []
        ),
        spec=whole_experiment,
        version=VERSION,
    shell:
        "python -m convoscope model-card --name {wildcards.experiment} --models {input.models:q}"
        " {params.exchanged:q} --examples {input.examples:q} --card {input.card:q} --dropped {input.dropped:q}"
        " --metrics {input.metrics:q} --layers {input.layers:q} --histories {input.histories:q} {params.matches:q}"
        " {params.audit:q} {params.simulated:q} --spec {params.spec:q} --markdown {output.markdown:q}"
        " --html {output.html:q} 2> {log:q}"
