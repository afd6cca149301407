"""Every row of `docs/performance.md`: a function from a folder for data to a `Row`, by its name."""

from rows.interpretation import basset_maps, deepbind_maps, filters_to_motifs
from rows.variants import basset_variants, deepbind_variants
from rows.windows import codes

ROWS = {
    "P1": deepbind_variants,
    "P2": basset_variants,
    "P3": basset_maps,
    "P4": deepbind_maps,
    "P10": codes,
    "P11": filters_to_motifs,
}
