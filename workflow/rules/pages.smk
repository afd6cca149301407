# Table of the report: artifact, category, title. The page's kind is its name.
PAGES = {
    "layers": ("layers.tsv", "Model", "layers"),
    "matches": ("matches.tsv", "Motifs", "all matches"),
    "modisco": ("modisco/matches.tsv", "Motifs", "all patterns of attributions"),
    "recovery": ("recovery.tsv", "Motifs", "planted motifs recovered"),
    "map_recovery": ("map_recovery.tsv", "Variants", "planted sites in mutation maps"),
    "dropped": ("data/dropped.tsv", "Data", "rows not used"),
    "audit": ("data/audit.tsv", "Data", "audit for leaks"),
}
CAPTIONS = {"dropped": "dropped_table", "modisco": "modisco_table"}


rule metrics_table:
    """All metrics with their intervals, as a page."""
    input:
        result("metrics.json"),
    output:
        table=result("figures/metrics.tsv"),
        html=shown("metrics.html", "Performance", "all metrics"),
    log:
        f"{RESULTS}/logs/{{experiment}}/metrics_table.log",
    conda:
        "../../envs/data.yaml"
    params:
        version=VERSION,
    shell:
        "python -m convoscope metrics-table --metrics {input:q} --table {output.table:q} --html {output.html:q} 2> {log:q}"


rule provenance:
    """What the experiment was made of: counts, checksums, versions, configuration."""
    input:
        card=data("card.json"),
    output:
        counts=shown("counts.html", "Data", "examples by split and label"),
        html=shown("provenance.html", "Model", "provenance"),
    log:
        f"{RESULTS}/logs/{{experiment}}/provenance.log",
    conda:
        "../../envs/data.yaml"
    params:
        spec=whole_experiment,
        version=VERSION,
    shell:
        "python -m convoscope provenance --card {input.card:q} --spec {params.spec:q} --counts {output.counts:q}"
        " --html {output.html:q} 2> {log:q}"


for PAGE, (ARTIFACT, CATEGORY, TITLE) in PAGES.items():

    rule:
        name:
            f"page_{PAGE}"
        input:
            result(ARTIFACT),
        output:
            shown(f"{PAGE}.html", CATEGORY, TITLE, CAPTIONS.get(PAGE)),
        log:
            f"{RESULTS}/logs/{{experiment}}/page_{PAGE}.log",
        conda:
            "../../envs/data.yaml"
        params:
            kind=PAGE,
            version=VERSION,
        shell:
            "python -m convoscope table --tsv {input:q} --kind {params.kind} --html {output:q} 2> {log:q}"
