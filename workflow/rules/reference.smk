REFERENCE = f"{RESULTS}/references/{{reference}}"


rule download_reference:
    """Fetch a genome from the first mirror that answers; check, recompress and index it."""
    input:
        # A local mirror is an input, so that editing it is noticed.
        lambda wildcards: [
            path
            for path in map(
                FILES.local, CONFIG.references[wildcards.reference].mirrors
            )
            if "/downloads/" not in path and Path(path).is_file()
        ],
    output:
        fasta=f"{REFERENCE}/genome.fa.gz",
        fai=f"{REFERENCE}/genome.fa.gz.fai",
        gzi=f"{REFERENCE}/genome.fa.gz.gzi",
        sizes=f"{REFERENCE}/chrom.sizes",
        gaps=f"{REFERENCE}/gaps.bed",
        provenance=f"{REFERENCE}/provenance.json",
    log:
        f"{RESULTS}/logs/references/{{reference}}.log",
    wildcard_constraints:
        reference=any_of(
            name for name, one in CONFIG.references.items() if not one.simulate
        ),
    retries: 1
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("download_reference"),
    params:
        spec=SECTIONS.reference,
        version=VERSION,
    shell:
        "python -m convoscope reference --spec {params.spec:q} --fasta {output.fasta:q} --sizes {output.sizes:q}"
        " --gaps {output.gaps:q} --provenance {output.provenance:q} 2>&1 | tee {log:q} >&2"


rule genes:
    """The genes of a reference as a table, under the names of its contigs."""
    input:
        annotation=lambda wildcards: FILES.local(
            CONFIG.references[wildcards.reference].genes
        ),
        sizes=f"{REFERENCE}/chrom.sizes",
        aliases=lambda wildcards: [
            FILES.local(path)
            for path in [CONFIG.references[wildcards.reference].aliases]
            if path
        ],
    output:
        f"{REFERENCE}/genes.tsv",
    log:
        f"{RESULTS}/logs/references/{{reference}}.genes.log",
    wildcard_constraints:
        reference=any_of(name for name, one in CONFIG.references.items() if one.genes),
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("genes"),
    params:
        aliases=optional_input("aliases"),
        version=VERSION,
    shell:
        "python -m convoscope genes --annotation {input.annotation:q} --sizes {input.sizes:q} {params.aliases:q}"
        " --table {output:q} 2> {log:q}"


for NAME, SOURCE in CONFIG.references.items():
    if not SOURCE.simulate:
        continue

    rule:
        name:
            f"simulate_{NAME}"
        output:
            fasta=f"{RESULTS}/references/{NAME}/genome.fa.gz",
            fai=f"{RESULTS}/references/{NAME}/genome.fa.gz.fai",
            gzi=f"{RESULTS}/references/{NAME}/genome.fa.gz.gzi",
            sizes=f"{RESULTS}/references/{NAME}/chrom.sizes",
            gaps=f"{RESULTS}/references/{NAME}/gaps.bed",
            sites=simulated_sites(CONFIG, NAME, SOURCE),
            truth=f"{RESULTS}/references/{NAME}/truth.tsv",
            motifs=f"{RESULTS}/references/{NAME}/truth.meme",
            variants=f"{RESULTS}/references/{NAME}/variants.vcf.gz",
            tbi=f"{RESULTS}/references/{NAME}/variants.vcf.gz.tbi",
        log:
            f"{RESULTS}/logs/references/{NAME}.log",
        conda:
            "../../envs/data.yaml"
        resources:
            **needs("simulate", reference=NAME),
        params:
            **listed("sites"),
            spec=SECTIONS.fixed(f"simulate.{NAME}", SOURCE.simulate),
            version=VERSION,
            resources=RESOURCES_SHA256,
        shell:
            'python -m convoscope simulate --spec {params.spec:q} --dinucleotides "$DINUCLEOTIDES"'
            ' --matrices "$MATRICES" --fasta {output.fasta:q} --sizes {output.sizes:q}'
            " --gaps {output.gaps:q} --sites {params.sites:q} --truth {output.truth:q} --motifs {output.motifs:q}"
            " --variants {output.variants:q} 2> {log:q}"


rule download:
    """Fetch a site file, blacklist or table of sequences that is given by its address."""
    output:
        f"{RESULTS}/downloads/{{file}}",
    log:
        f"{RESULTS}/logs/downloads/{{file}}.log",
    retries: 1
    conda:
        "../../envs/data.yaml"
    resources:
        **needs("download"),
    params:
        url=FILES.address,
    shell:
        "python -m convoscope download --url {params.url:q} --file {output:q} 2> {log:q}"
