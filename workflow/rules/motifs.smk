rule motifs:
    """First-layer filters of all networks with their sites, and their influence on every label."""
    input:
        models=FILES.networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        motifs=result("filters.meme"),
        filters=result("filters.npz"),
        table=result("filters.tsv"),
        positions=result("positions.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/motifs.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("interpretation")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("motifs"),
    params:
        **listed("models"),
        spec=SECTIONS.one("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope motifs --models {params.models:q} --windows {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --spec {params.spec:q} --motifs {output.motifs:q} --filters {output.filters:q}"
        " --table {output.table:q} --positions {output.positions:q} 2> {log:q}"


rule match:
    """Filters that learned the same as one motif, named against JASPAR or a MEME file."""
    input:
        motifs=result("filters.meme"),
        table=result("filters.tsv"),
    output:
        matches=result("matches.tsv"),
        merged=result("motifs.meme"),
        table=result("motifs.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/match.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("interpretation")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("match"),
    params:
        spec=SECTIONS.one("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope match --motifs {input.motifs:q} --table {input.table:q} --spec {params.spec:q}"
        " --matches {output.matches:q} --merged {output.merged:q} --merged-table {output.table:q} 2> {log:q}"


rule recovery:
    """Simulated references only: which planted motif was found."""
    input:
        motifs=result("filters.meme"),
        filters=result("filters.tsv"),
        truth=GENOMES.genome("truth.meme"),
        truth_table=GENOMES.genome("truth.tsv"),
    output:
        result("recovery.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/recovery.log",
    group:
        together("interpretation")
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("recovery"),
    params:
        version=VERSION,
    shell:
        "python -m convoscope recovery --motifs {input.motifs:q} --filters {input.filters:q} --truth {input.truth:q}"
        " --truth-table {input.truth_table:q} --recovery {output:q} 2> {log:q}"


rule pairs:
    """What the most influential motifs do together, planted in shuffled windows."""
    input:
        models=FILES.networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
        motifs=result("motifs.meme"),
        matches=result("motifs.tsv"),
    output:
        result("pairs.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/pairs.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    group:
        together("interpretation")
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("pairs"),
    params:
        **listed("models"),
        spec=SECTIONS.one("pairs"),
        naming=SECTIONS.one("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope pairs --models {params.models:q} --windows {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --motifs {input.motifs:q} --matches {input.matches:q} --spec {params.spec:q}"
        " --naming {params.naming:q} --pairs {output:q} 2> {log:q}"


rule hits:
    """Places of the reproducible, named motifs on the genome."""
    input:
        motifs=result("motifs.meme"),
        matches=result("motifs.tsv"),
        card=data("card.json"),
        fasta=GENOMES.genome("genome.fa.gz"),
        fai=GENOMES.genome("genome.fa.gz.fai"),
        gzi=GENOMES.genome("genome.fa.gz.gzi"),
        aliases=GENOMES.aliases,
    output:
        hits=result("hits.bed.gz"),
        index=result("hits.bed.gz.tbi"),
    log:
        f"{RESULTS}/logs/{{experiment}}/hits.log",
    wildcard_constraints:
        experiment=any_of(FILES.genomic),
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("hits"),
    params:
        spec=SECTIONS.one("hits"),
        naming=SECTIONS.one("motifs"),
        contigs=GENOMES.contigs,
        version=VERSION,
    shell:
        "python -m convoscope hits --motifs {input.motifs:q} --matches {input.matches:q} --genome {input.fasta:q}"
        " {params.contigs:q}"
        " --card {input.card:q} --spec {params.spec:q} --naming {params.naming:q} --hits {output.hits:q}"
        " --index {output.index:q} 2> {log:q}"


rule modisco:
    """Patterns of attributions by TF-MoDISco, named."""
    input:
        models=FILES.networks("model.safetensors"),
        windows=data("windows.tsv"),
        codes=data("codes.npy"),
        card=data("card.json"),
    output:
        patterns=result("modisco/patterns.meme"),
        matches=result("modisco/matches.tsv"),
    log:
        f"{RESULTS}/logs/{{experiment}}/modisco.log",
    wildcard_constraints:
        experiment=any_of(SEQUENCE),
    conda:
        "../../envs/training.yaml"
    resources:
        **needs("modisco"),
    params:
        **listed("models"),
        spec=SECTIONS.one("modisco"),
        naming=SECTIONS.one("motifs"),
        version=VERSION,
    shell:
        "python -m convoscope modisco --models {params.models:q} --windows {input.windows:q} --codes {input.codes:q}"
        " --card {input.card:q} --spec {params.spec:q} --naming {params.naming:q} --patterns {output.patterns:q}"
        " --matches {output.matches:q} 2> {log:q}"
