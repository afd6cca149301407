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
