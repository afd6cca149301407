"""DNA and RNA that are given for proteins: their letters are those of amino acids too."""

from convoscope.sequence.alphabet import Alphabet

ENOUGH = 40  # letters; fewer could be a peptide
LETTERS = ("A", "C", "G", "TU")
LEAST = 0.1  # share of each; tracts of one or two amino acids are of few letters as well


def holds_nucleotides(text: str, alphabet: Alphabet) -> bool:
    """Tell whether a sequence for an alphabet of proteins, in any case, is one of nucleotides.

    >>> from convoscope.sequence.alphabet import ALPHABETS
    >>> holds_nucleotides("ACGTN" * 10, ALPHABETS["protein"]), holds_nucleotides("N" * 50, ALPHABETS["protein"])
    (True, False)
    """
    if alphabet.name != "protein" or len(text) < ENOUGH:
        return False
    letters = text.upper()
    shares = [sum(map(letters.count, one)) / len(letters) for one in (*LETTERS, "N")]
    return round(sum(shares) * len(letters)) == len(letters) and min(shares[:-1]) >= LEAST
