"""Every row of `docs/performance.md`: a function from a folder for data to a `Row`, by its name."""

from rows.interpretation import basset_maps, basset_maps_grelu, deepbind_maps, deeplift, filters_to_motifs
from rows.letters import shuffles, text_codes
from rows.predictions import basset_predictions, deepbind_predictions
from rows.scans import basset_scan, deepbind_dense, deepbind_sparse
from rows.training import (
    basset_epoch,
    basset_short,
    deepbind_epoch,
    deepyeast_epoch,
    deepyeast_short,
    grelu_epoch,
    lenet_epoch,
    lightning_epoch,
    residual_epoch,
    residual_short,
)  # fmt: skip
from rows.variants import basset_variants, deepbind_variants, grelu_variants, tangermeme_variants
from rows.windows import codes, codes_bedtools, codes_tangermeme, negatives

ROWS = {
    "P1": deepbind_variants,
    "P1 tangermeme": tangermeme_variants,
    "P1 gReLU": grelu_variants,
    "P2": basset_variants,
    "P3": basset_maps,
    "P3 gReLU": basset_maps_grelu,
    "P4": deepbind_maps,
    "P5": deepbind_predictions,
    "P5 basset": basset_predictions,
    "P6": deepbind_epoch,
    "P6 Lightning": lightning_epoch,
    "P6 gReLU": grelu_epoch,
    "P7": basset_epoch,
    "P7 residual": residual_epoch,
    "P7 deepyeast": deepyeast_epoch,
    "P7 lenet": lenet_epoch,
    "P7 bfloat16": basset_short,
    "P7 residual bfloat16": residual_short,
    "P7 deepyeast bfloat16": deepyeast_short,
    "P8": deepbind_dense,
    "P8 sparse": deepbind_sparse,
    "P8 basset": basset_scan,
    "P9": negatives,
    "P10": codes,
    "P10 bedtools": codes_bedtools,
    "P10 tangermeme": codes_tangermeme,
    "P11": filters_to_motifs,
    "P12": shuffles,
    "P12 codes": text_codes,
    "P13": deeplift,
}
