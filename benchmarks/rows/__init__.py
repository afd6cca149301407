"""Every row of `docs/performance.md`: a function from a folder for data to a `Row`, by its name."""

from rows.interpretation import basset_maps, deepbind_maps, deeplift, filters_to_motifs
from rows.predictions import basset_predictions, deepbind_predictions
from rows.training import (
    basset_epoch,
    basset_short,
    deepbind_epoch,
    deepyeast_epoch,
    deepyeast_short,
    lenet_epoch,
    residual_epoch,
    residual_short,
)  # fmt: skip
from rows.variants import basset_variants, deepbind_variants
from rows.windows import codes, negatives

ROWS = {
    "P1": deepbind_variants,
    "P2": basset_variants,
    "P3": basset_maps,
    "P4": deepbind_maps,
    "P5": deepbind_predictions,
    "P5 basset": basset_predictions,
    "P6": deepbind_epoch,
    "P7": basset_epoch,
    "P7 residual": residual_epoch,
    "P7 deepyeast": deepyeast_epoch,
    "P7 lenet": lenet_epoch,
    "P7 bfloat16": basset_short,
    "P7 residual bfloat16": residual_short,
    "P7 deepyeast bfloat16": deepyeast_short,
    "P9": negatives,
    "P10": codes,
    "P11": filters_to_motifs,
    "P13": deeplift,
}
