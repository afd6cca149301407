# Search of settings: trials of one fold see none of the examples that it tests.
SEARCH = result("search/{fold}")


rule search_data:
    """The examples of a fold without those that it tests: all that its trials are given."""
    input:
        examples=FILES.examples,
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        examples=f"{SEARCH}/data/examples.tsv",
        codes=f"{SEARCH}/data/codes.npy",
        card=f"{SEARCH}/data/card.json",
    log:
        f"{RESULTS}/logs/{{experiment}}/search_data.{{fold}}.log",
    wildcard_constraints:
        experiment=any_of(SEARCHES.names),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("search_data"),
    params:
        parts=SEARCHES.parts,
        version=VERSION,
    shell:
        "python -m convoscope search-data --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --fold {wildcards.fold} {params.parts:q} --kept-examples {output.examples:q} --kept-codes {output.codes:q}"
        " --kept-card {output.card:q} 2> {log:q}"


rule search_trial:
    """One trial to the end of one rung. Killed, it continues; in later rungs it goes on from where it was."""
    input:
        examples=f"{SEARCH}/data/examples.tsv",
        codes=f"{SEARCH}/data/codes.npy",
        card=f"{SEARCH}/data/card.json",
        earlier=SEARCHES.earlier,
        weights=FILES.weights,
    output:
        f"{SEARCH}/rung{{rung}}/{{place}}.json",
    log:
        f"{RESULTS}/logs/{{experiment}}/search_trial.{{fold}}.{{rung}}.{{place}}.log",
    wildcard_constraints:
        experiment=any_of(SEARCHES.names),
        rung=r"\d+",
        place=r"\d+",
    conda:
        "../../envs/training.yaml"
    threads: lambda wildcards: EXPERIMENTS[wildcards.experiment].training.threads
    resources:
        **needs("search_trial"),
    params:
        earlier=optional_input("earlier"),
        # No outputs: they are what the next rung goes on from, and a stopped job.
        states=SEARCHES.states,
        spec=SECTIONS.one("search"),
        model=SECTIONS.model,
        training=SECTIONS.training,
        seed=lambda wildcards: EXPERIMENTS[wildcards.experiment].seeds[0],
        version=VERSION,
    shell:
        "python -m convoscope search-trial --examples {input.examples:q} --codes {input.codes:q} --card {input.card:q}"
        " --spec {params.spec:q} --model {params.model:q} --training {params.training:q} --seed {params.seed}"
        " --rung {wildcards.rung} --place {wildcards.place} {params.earlier:q} --states {params.states:q}"
        " --device {resources.device} --gpus {resources.gpu} --result {output:q} 2>&1 | tee {log:q}"
        " | sed -u 's/^/{wildcards.experiment}, fold {wildcards.fold}, trial {wildcards.rung}.{wildcards.place}: /' >&2"


rule search_rank:
    """The trials of one rung from best to worst, by validation; the first of the last rung are the settings."""
    input:
        results=SEARCHES.trials,
    output:
        f"{SEARCH}/{{ranking}}.json",
    log:
        f"{RESULTS}/logs/{{experiment}}/search_rank.{{fold}}.{{ranking}}.log",
    wildcard_constraints:
        experiment=any_of(SEARCHES.names),
        ranking=r"rung\d+|best",
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("search_rank"),
    params:
        **listed("results"),
        rung=SEARCHES.rung,
        states=SEARCHES.states,
        spec=SECTIONS.one("search"),
        version=VERSION,
    shell:
        "python -m convoscope search-rank --results {params.results:q} --spec {params.spec:q} --rung {params.rung}"
        " --states {params.states:q} --ranked {output:q} 2> {log:q}"


rule search_table:
    """All trials of all folds, and the settings that were chosen."""
    input:
        rankings=SEARCHES.every_ranking,
        results=SEARCHES.every_trial,
    output:
        trials=result("search/trials.tsv"),
        curves=result("search/curves.tsv"),
        best=result("search/best.json"),
    log:
        f"{RESULTS}/logs/{{experiment}}/search_table.log",
    wildcard_constraints:
        experiment=any_of(SEARCHES.names),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("search_table"),
    params:
        **listed("rankings", "results"),
        folds=folder_names("rankings", 1),
        result_folds=folder_names("results", 2),
        version=VERSION,
    shell:
        "python -m convoscope search-table --rankings {params.rankings:q} --folds {params.folds:q} --results {params.results:q}"
        " --result-folds {params.result_folds:q} --trials {output.trials:q} --curves {output.curves:q} --best {output.best:q} 2> {log:q}"
