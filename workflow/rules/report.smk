rule summarise:
    """One experiment in one row."""
    input:
        metrics=result("metrics.json"),
        histories=networks("history.tsv"),
    output:
        result("summary.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/summarise.log",
    conda:
        "../../envs/data.yaml"
    params:
        model=lambda wildcards: EXPERIMENTS[wildcards.experiment].model.name,
        version=VERSION,
    shell:
        "python -m convoscope summarise --name {wildcards.experiment} --model {params.model} --metrics {input.metrics:q}"
        " --histories {input.histories:q} --row {output:q} 2> {log:q}"


rule summary:
    """All experiments: did it work, and by how much more than something simple?"""
    input:
        expand(f"{RESULTS}/{{experiment}}/summary.tsv", experiment=EXPERIMENTS),
    output:
        table=f"{RESULTS}/summary.tsv",
        landing=f"{RESULTS}/landing.tsv",
        html=report(
            f"{RESULTS}/summary.html",
            caption="../report/summary.rst",
            category="Summary",
            labels={"figure": "all experiments"},
        ),
    log:
        f"{RESULTS}/logs/summary.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope summary --rows {input:q} --table {output.table:q} --landing {output.landing:q}"
        " --html {output.html:q} 2> {log:q}"


rule scores:
    """One row per experiment and label: the model, its baselines, their differences, the best motif."""
    input:
        metrics=expand(f"{RESULTS}/{{experiment}}/metrics.json", experiment=SEQUENCE),
        matches=expand(f"{RESULTS}/{{experiment}}/matches.tsv", experiment=SEQUENCE),
    output:
        table=f"{RESULTS}/scores.tsv",
        text=f"{RESULTS}/scores.txt",
    log:
        f"{RESULTS}/logs/scores.log",
    conda:
        "../../envs/data.yaml"
    params:
        names=list(SEQUENCE),
        version=VERSION,
    shell:
        "python -m convoscope scores --metrics {input.metrics:q} --names {params.names:q} --matches {input.matches:q}"
        " --table {output.table:q} --text {output.text:q} 2> {log:q}"
