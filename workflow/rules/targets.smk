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


def planted(name):
    """Whether the truth of an experiment is known."""
    return SEQUENCE[name].reference in SIMULATED


def made_here(name, variants):
    """Whether a file of variants is that of the experiment's own simulation."""
    reference = SEQUENCE[name].reference
    return planted(name) and variants.path in simulated_files(
        CONFIG, reference, CONFIG.references[reference]
    )


def features(name, kind="", block=""):
    """What an experiment has, and one block of a section of it, in the words of report/items.py."""
    if name in IMAGE:
        return {"image"}
    experiment = SEQUENCE[name]
    has = {use: getattr(experiment, use) for use in ("pairs", "modisco", "maps")}
    has |= {"sequence": True, "genome": experiment.reference, "planted": planted(name)}
    has["tracks"] = name in TRACKED
    if kind == "variants":
        variants = experiment.variants[block]
        has |= {"outcome": variants.outcome, "simulated": made_here(name, variants)}
    return {feature for feature, there in has.items() if there}


def blocks(name, item):
    """Section and name of every block for which an experiment has an item; empty words where it is one for all."""
    found = [
        (kind, block)
        for kind in item.per
        for block in getattr(EXPERIMENTS[name], kind, {})
    ]
    return [
        pair
        for pair in (found if item.per else [("", "")])
        if set(item.wanted) <= features(name, *pair)
    ]


def item_wildcards(item):
    """Constraints of the wildcards in the file of an item."""
    pairs = [pair for name in EXPERIMENTS for pair in blocks(name, item)]
    return {
        "experiment": any_of(name for name in EXPERIMENTS if blocks(name, item)),
        "kind": any_of(item.per),
        "block": any_of(sorted({block for _, block in pairs})),
    }


def artifact(name):
    """Input function: the files of an artifact that the experiment has."""
    path, wanted = ARTIFACTS[name].path, ARTIFACTS[name].wanted

    def find(wildcards):
        experiment = EXPERIMENTS[wildcards.experiment]
        if not set(wanted) <= features(wildcards.experiment):
            return []
        known = {
            "examples": "windows" if wildcards.experiment in SEQUENCE else "crops",
            "reference": getattr(experiment, "reference", None),
            "fold": experiment.folds,
            "seed": experiment.seeds,
            "rung": list(rungs(wildcards.experiment).values()),
        }
        return expand(f"{RESULTS}/{path}", **known, **dict(wildcards.items()))

    return find


def log_suffix(name):
    """Wildcards of the file of an item, for the name of its log."""
    words = ("{kind}", "{block}")
    return "".join(f".{word}" for word in words if word in file_of(name))


def item_files(wildcards, input):
    """Params function: every input as NAME=PATH."""
    return [
        f"{name}={path}"
        for name, paths in input.items()
        for path in ([paths] if isinstance(paths, str) else paths)
    ]


def item_options(names):
    """Params function: the section that some items need, and the name of their block."""
    item = ITEMS[names[0]]
    specs = [ITEMS[name].spec for name in names if ITEMS[name].spec]

    def options(wildcards):
        words = ["--name", wildcards.block] if item.per else []
        for spec in specs[:1]:
            if spec == "experiment":
                words += ["--spec", whole_experiment(wildcards)]
            elif spec == "block":
                settings = getattr(EXPERIMENTS[wildcards.experiment], item.per[0])
                block = settings[wildcards.block].model_dump(mode="json")
                words += ["--spec", redacted_json(block)]
            else:
                words += ["--spec", section(spec)(wildcards)]
        return shlex.join(words)

    return options


def figures(name):
    """Figures and pages of one experiment."""
    return ["model_card.html"] + [
        file_of(item).format(kind=kind, block=block)
        for item, row in ITEMS.items()
        for kind, block in blocks(name, row)
    ]


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
