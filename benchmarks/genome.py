"""A genome of the size of the human one, with sites of a motif: `genome.py <folder> <sites> [<scale>]`.

Lengths are those of GRCh38's chromosomes (Genome Reference Consortium, GCA_000001405.15). Letters follow a Markov chain
with about the human dinucleotides (few CG); telomeres and centromeres are N, half of the rest is soft-masked in runs.
"""

import sys
from pathlib import Path

import numpy as np

LENGTHS = {
    "chr1": 248956422, "chr2": 242193529, "chr3": 198295559, "chr4": 190214555, "chr5": 181538259, "chr6": 170805979,
    "chr7": 159345973, "chr8": 145138636, "chr9": 138394717, "chr10": 133797422, "chr11": 135086622, "chr12": 133275309,
    "chr13": 114364328, "chr14": 107043718, "chr15": 101991189, "chr16": 90338345, "chr17": 83257441, "chr18": 80373285,
    "chr19": 58617616, "chr20": 64444167, "chr21": 46709983, "chr22": 50818468, "chrX": 156040895, "chrY": 57227415,
}  # fmt: skip
# Chance of A, C, G, T after each of them, in 256ths.
AFTER = {"A": (84, 44, 62, 66), "C": (90, 66, 12, 88), "G": (74, 53, 66, 63), "T": (56, 52, 64, 84)}
LETTERS = np.frombuffer(b"ACGTacgt", dtype=np.uint8)
CHAINS = 8192  # that grow side by side
TELOMERE, CENTROMERE = 10_000, 3_000_000
MASKED = 700  # bp of a soft-masked run, and of what is between two, on average
MOTIF = "CCACTAGGGGGCGC"
LINE = 60


def markov(length: int, generator: np.random.Generator) -> np.ndarray:
    """Return codes 0 to 3, ``(length,)`` uint8: pieces of many chains one after another."""
    follow = np.stack([np.repeat(np.arange(4, dtype=np.uint8), AFTER[letter]) for letter in "ACGT"]).ravel()
    steps = -(-length // CHAINS)
    codes = np.empty((steps, CHAINS), dtype=np.uint8)
    state = generator.integers(4, size=CHAINS, dtype=np.uint8)
    for row in codes:
        state = follow[state.astype(np.uint16) << 8 | generator.integers(256, size=CHAINS, dtype=np.uint8)]
        row[:] = state
    return codes.T.ravel()[:length]


def chromosome(length: int, scale: float, sites: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return the letters of a chromosome as bytes, with the motif at ``sites``."""
    codes = markov(length, generator)
    motif = np.array(["ACGT".index(letter) for letter in MOTIF], dtype=np.uint8)
    codes[sites[:, None] + np.arange(len(motif))] = motif
    runs = generator.exponential(MASKED, size=4 * length // MASKED // 3).astype(np.int64) + 1
    masked = np.repeat(np.arange(len(runs)) % 2 == 0, runs)[:length]
    codes[: len(masked)] += 4 * masked.astype(np.uint8)
    letters = LETTERS[codes]
    for start, end in unknown(length, scale):
        letters[start:end] = ord("N")
    return letters


def unknown(length: int, scale: float) -> list[tuple[int, int]]:
    """Return the stretches of N: the ends and the middle."""
    end, half = int(TELOMERE * scale), int(CENTROMERE * scale) // 2
    return [(0, end), (length // 2 - half, length // 2 + half), (length - end, length)]


def main(folder: Path, sites: int, scale: float = 1.0) -> None:
    """Write genome.fa and sites.narrowPeak."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(1)
    sizes = {chrom: int(length * scale) for chrom, length in LENGTHS.items()}
    several = generator.multinomial(sites, np.array(list(sizes.values())) / sum(sizes.values()))
    with open(folder / "genome.fa", "wb") as fasta, open(folder / "sites.narrowPeak", "w", encoding="utf-8") as bed:
        for (chrom, size), count in zip(sizes.items(), several, strict=True):
            places = np.sort(generator.integers(500, size - 500, size=count))
            letters = chromosome(size, scale, places, generator)
            whole = size // LINE * LINE
            lines = np.full((size // LINE, LINE + 1), ord("\n"), dtype=np.uint8)
            lines[:, :LINE] = letters[:whole].reshape(-1, LINE)
            fasta.write(b">%s\n" % chrom.encode() + lines.tobytes() + letters[whole:].tobytes() + b"\n")
            for place in places.tolist():
                start, end = place - 150, place + 150
                bed.write(f"{chrom}\t{start}\t{end}\t.\t{place % 1000}\t.\t5\t9\t7\t{150 + len(MOTIF) // 2}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *map(float, sys.argv[3:]))
