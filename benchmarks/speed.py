"""Speed compared with plain scripts and other packages: `speed.py run <folder> [<row> ...]`, `speed.py draw`.

`run` measures the rows of `benchmarks/rows`, or some of them, and writes `benchmarks/results.json`: for each the CPU
seconds of ours and of the peer, in rounds that take turns, one thread, after both gave the same numbers. Peers that are
packages run in environments of their own, `<folder>/packages` and `<folder>/grelu`, made of the lists of these names
in `benchmarks/peers`. `draw` writes the table of `docs/performance.md`. A row that is measured again replaces the old
one; `P1` chooses all rows whose name begins with that word. `profile` prints what ours spends its time on.
"""

import json
import os
import shutil
import sys
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
RESULTS, PAGE = HERE / "results.json", HERE.parent / "docs/performance.md"
ROUNDS = 7
PROGRAMS = {"P10 bedtools": "bedtools"}  # that a row needs of the system
ARITHMETIC = {"amx_bf16": "AMX", "avx512f": "AVX-512", "avx2": "AVX2"}  # by a flag of Linux
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")


def arithmetic() -> str:
    """Return the widest arithmetic of this processor, on which ratios depend; empty where the system does not say."""
    flags = set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split()) if Path("/proc/cpuinfo").exists() else set()
    return next((name for flag, name in ARITHMETIC.items() if flag in flags), "")


def run(folder: Path, wanted: list[str]) -> None:
    """Measure rows and keep their results."""
    os.environ.update(ONE_THREAD)  # read where torch and numba are imported
    import torch
    from rows import ROWS

    torch.set_num_threads(1)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = [name for name in ROWS if not wanted or name in wanted or name.split()[0] in wanted]
    if not chosen:
        sys.exit(f"{' '.join(wanted)}: no such row; there are {', '.join(ROWS)}")
    for name in chosen:
        if name in PROGRAMS and not shutil.which(PROGRAMS[name]):
            print(f"{name}: left out; {PROGRAMS[name]} is not installed")
            continue
        row = ROWS[name](folder)
        row.check()
        seconds = [(row.ours(), row.peer()) for _ in range(ROUNDS)]
        ratios = sorted(theirs / ours for ours, theirs in seconds)
        results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        results[name] = {
            "work": row.work, "peer": row.against, "least": row.least, "ratio": round(median(ratios), 2),
            "from": round(ratios[0], 2), "to": round(ratios[-1], 2),
            "ours_s": round(median(ours for ours, _ in seconds), 3),
            "peer_s": round(median(theirs for _, theirs in seconds), 3), "rounds": ROUNDS, "agree": row.agree,
            "processor": arithmetic(),
        }  # fmt: skip
        RESULTS.write_text(json.dumps({key: results[key] for key in ROWS if key in results}, indent=1) + "\n")
        print(name, results[name], flush=True)


def print_shares(folder: Path, name: str) -> None:
    """Print the shares of groups of operations in what a row measures of ours."""
    os.environ.update(ONE_THREAD)
    import torch
    from rows import ROWS
    from shares import shares

    torch.set_num_threads(1)
    for group, share in shares(ROWS[name](folder).ours).items():
        print(f"{share:4.0%} {group}")


def table() -> str:
    """Return the results in Markdown."""
    lines = [
        "| work | against | times as fast | range | ours (CPU s) | peer (CPU s) | aim | outputs agree to | processor |"
    ]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |")
    for row in json.loads(RESULTS.read_text()).values():
        cells = [row["work"], row["peer"], f"{row['ratio']:.2f}", f"{row['from']:.2f}–{row['to']:.2f}"]
        cells += [f"{row['ours_s']:.3g}", f"{row['peer_s']:.3g}", f"{row['least']:g}", row["agree"], row["processor"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw() -> None:
    """Write the table into the page."""
    fill("speed", table())


def fill(name: str, content: str) -> None:
    """Replace what is between two comments of the page."""
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition("<!-- end -->")
    PAGE.write_text(f"{before}{mark}\n{content}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["run", where, *names]:
            run(Path(where).resolve(), names)
        case ["profile", where, name]:
            print_shares(Path(where).resolve(), name)
        case ["draw"]:
            draw()
        case _:
            sys.exit(__doc__)
