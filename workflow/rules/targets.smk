# What `rule all` asks for, what figures are drawn from, and how they enter the report.


def result(name):
    """Pattern of a file in an experiment's folder."""
    return f"{RESULTS}/{{experiment}}/{name}"


def shown(name, category, figure, caption=None):
    """A figure or page of the report, in its category, under its experiment."""
    return report(
        result(f"figures/{name}"),
        caption=f"../report/{caption or Path(name).stem}.rst",
        category=category,
        subcategory="{experiment}",
        labels={"figure": figure},
    )


def artifact(name):
    """Input function: the files of an artifact that the experiment has."""
    path, wanted = ARTIFACTS[name].path, ARTIFACTS[name].wanted

    def find(wildcards):
        experiment = wildcards.experiment
        if not set(wanted) <= features(experiment):
            return []
        return expand(
            f"{RESULTS}/{path}",
            experiment=experiment,
            examples="windows" if experiment in SEQUENCE else "crops",
            fold=EXPERIMENTS[experiment].folds,
            seed=EXPERIMENTS[experiment].seeds,
        )

    return find


def item_files(wildcards, input):
    """Params function: every input as NAME=PATH."""
    return [
        f"{name}={path}"
        for name, paths in input.items()
        for path in ([paths] if isinstance(paths, str) else paths)
    ]


def item_spec(names):
    """Params function: the option of the section that some items need, or nothing."""
    [name] = {ITEMS[item].spec for item in names if ITEMS[item].spec} or [""]
    if not name:
        return ""
    return lambda wildcards: f"--spec {shlex.quote(section(name)(wildcards))}"


SHARED = [
    "dropped.svg",
    "metrics.html",
    "counts.html",
    "provenance.html",
    "layers.html",
    "model_card.html",
    "dropped.html",
]
ON_SEQUENCES = [
    "composition.svg",
    "places.svg",
    "gallery.svg",
    "positions.svg",
    "matches.html",
]
ON_IMAGES = [
    "montage.svg",
    "sides.svg",
    "audit.html",
    "confusion.svg",
    "mistakes.svg",
    "ladder.svg",
    "filtering.svg",
    "kernels.svg",
    "patches.svg",
    "maps.svg",
    "classes.svg",
    "control.svg",
]


def planted(name):
    """Whether the truth of an experiment is known."""
    return SEQUENCE[name].reference in SIMULATED


def made_here(name, variants):
    """Whether a file of variants is that of the experiment's own simulation."""
    reference = SEQUENCE[name].reference
    return planted(name) and variants.path in simulated_files(
        CONFIG, reference, CONFIG.references[reference]
    )


def features(name):
    """What an experiment has, in the words of report/items.py."""
    if name in IMAGE:
        return {"image"}
    uses = ("pairs", "modisco", "maps")
    return {"sequence", *(use for use in uses if getattr(SEQUENCE[name], use))}


def figures(name):
    """Figures and pages of one experiment."""
    shown = [
        f"{item}.svg"
        for item, row in ITEMS.items()
        if set(row.wanted) <= features(name)
    ]
    return shown + others(name)


def others(name):
    """Figures and pages that are no items yet."""
    if name in IMAGE:
        cells = [
            f"cells.{file}.{suffix}"
            for file in IMAGE[name].further_cells
            for suffix in ("svg", "html")
        ]
        return SHARED + ON_IMAGES + cells
    further = [
        f"{kind}.{file}.{suffix}"
        for kind in ("regions", "records")
        for file in getattr(SEQUENCE[name], kind)
        for suffix in ("svg", "html")
    ]
    variants = [
        f"variants.{file}.{kind}"
        for file in SEQUENCE[name].variants
        for kind in ("svg", "html")
    ]
    variants += [
        f"second.{file}.svg"
        for file, block in SEQUENCE[name].variants.items()
        if block.outcome
    ]
    variants += [
        f"recovery.{file}.html"
        for file, block in SEQUENCE[name].variants.items()
        if made_here(name, block)
    ]
    own = ["recovery.html"] if planted(name) else []
    own += ["modisco.svg", "modisco.html"] if SEQUENCE[name].modisco else []
    own += ["tracks.svg"] if name in TRACKED else []
    own += ["maps.svg"] if SEQUENCE[name].maps else []
    own += ["map_recovery.html"] if SEQUENCE[name].maps and planted(name) else []
    return SHARED + ON_SEQUENCES + own + further + variants


def everything():
    """Every file that `rule all` asks for."""
    files = [
        f"{RESULTS}/{name}/figures/{figure}"
        for name in EXPERIMENTS
        for figure in figures(name)
    ]
    files += [
        f"{RESULTS}/{name}/data/one_hot.npy"
        for name in SEQUENCE
        if SEQUENCE[name].export_one_hot
    ]
    files += [
        f"{RESULTS}/{name}/hits.bed.gz" for name in GENOMIC if SEQUENCE[name].hits
    ]
    files += [f"{RESULTS}/{name}/embeddings.npz" for name in IMAGE]
    files += [f"{RESULTS}/summary.html"] if EXPERIMENTS else []
    files += [f"{RESULTS}/scores.tsv"] if SEQUENCE else []
    return files + ([f"{RESULTS}/cells.tsv"] if IMAGE else [])
