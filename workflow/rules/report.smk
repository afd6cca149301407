def everything():
    """Every file that `rule all` asks for."""
    per_experiment = ["metrics.json", "matches.tsv", "layers.tsv"]
    files = [f"{RESULTS}/{name}/{file}" for name in SEQUENCE for file in per_experiment]
    return [*files, f"{RESULTS}/scores.tsv"]


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
    shell:
        "{CONVOSCOPE} scores --metrics {input.metrics:q} --names {params.names:q} --matches {input.matches:q}"
        " --table {output.table:q} --text {output.text:q} 2> {log:q}"
