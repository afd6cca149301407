"""A dinucleotide shuffle of every sequence by tangermeme: `tangermeme_shuffles.py <found> <codes>`."""

import sys

import numpy as np
import torch
from serve import serve
from tangermeme.ersatz import dinucleotide_shuffle

ONE_HOT = torch.nn.functional.one_hot(torch.from_numpy(np.load(sys.argv[2]).astype(np.int64)), 4)
ONE_HOT = ONE_HOT.transpose(1, 2).to(torch.int8).contiguous()


def shuffle() -> dict[str, np.ndarray]:
    """Return the shuffled one-hot sequences."""
    return {"one_hot": dinucleotide_shuffle(ONE_HOT, n=1, random_state=1)[:, 0].numpy()}


serve(shuffle)
