NETWORK = f"{RESULTS}/{{experiment}}/{{fold}}/{{seed}}"


rule train:
    """One network: one fold, one seed. Killed, it continues from its last epoch to the same weights."""
    input:
        examples=FILES.examples,
        codes=data("codes.npy"),
        card=data("card.json"),
        best=SEARCHES.best,
        weights=FILES.weights,
    output:
        model=f"{NETWORK}/model.safetensors",
        history=f"{NETWORK}/history.tsv",
    log:
        f"{RESULTS}/logs/{{experiment}}/train.{{fold}}.{{seed}}.log",
    priority: BEFORE_TRAINING
    conda:
        "../../envs/training.yaml"
    threads: threads_of_training
    resources:
        **{**needs("train"), "gpu": gpus_of_training},
        # Who starts the processes of a training on several devices; a profile may say slurm.
        launcher="own",
    params:
        # Not an output: Snakemake deletes the outputs of a failed job before it tries again.
        checkpoint=subpath(output.model, with_suffix=".ckpt"),
        model=SECTIONS.model,
        training=SECTIONS.training,
        best=optional_input("best"),
        version=VERSION,
    shell:
        "python -m convoscope train --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --fold {wildcards.fold} --seed {wildcards.seed} --model {params.model:q} --training {params.training:q}"
        " {params.best:q} --device {resources.device} --gpus {resources.gpu} --launcher {resources.launcher}"
        " --checkpoint-file {params.checkpoint:q}"
        " --trained {output.model:q} --history {output.history:q} 2>&1 | tee {log:q}"
        # On the terminal several trainings speak at a time.
        " | sed -u 's/^/{wildcards.experiment}, fold {wildcards.fold}, seed {wildcards.seed}: /' >&2"


rule layers:
    """The network's table of layers: shapes, parameters, receptive fields, multiply-adds."""
    input:
        FILES.first_network,
    output:
        result("layers.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/layers.log",
    group:
        together("report")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("layers"),
    shell:
        "python -m convoscope layers --model {input:q} --table {output:q} 2> {log:q}"
