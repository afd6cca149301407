import numpy as np
import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.motifs.alignment import OTHERS, align, group_filters
from convoscope.interpretation.motifs.pwm import RULES
from convoscope.interpretation.motifs.strongest_sites import Examples, scan_filters
from convoscope.models import build
from convoscope.nn.convolution import first_correlation
from convoscope.sequence.alphabet import ALPHABETS, one_hot_table, one_hot_tensor

TABLE = torch.as_tensor(one_hot_table(ALPHABETS["dna"], "uniform"))


def given(number=30):
    codes = np.random.default_rng(1).integers(0, 4, size=(number, 40), dtype=np.uint8)
    return Examples(codes, np.arange(number), lambda batch: one_hot_tensor(batch, TABLE))


def network(*weights):
    """Return a linear network of one filter per row of weights, which are ``(filters, labels)``."""
    torch.manual_seed(1)
    options = {"filters": len(weights), "length": 6, "hidden": 0}
    model = build("deepbind", 4, (40,), len(weights[0]), options)
    [head] = [module for module in model.modules() if isinstance(module, nn.Linear)]
    with torch.no_grad():
        head.weight[:] = torch.tensor(weights).T
        first_correlation(model).bias += 1
    return model


def test_groups_by_hand():
    effects = np.array([[0.1, 0.9], [0.4, -0.3], [-2.0, 1.0], [np.nan, 0.1], [np.nan, np.nan]])
    assert group_filters(effects).tolist() == [1, 0, OTHERS, 1, OTHERS]


@pytest.mark.parametrize("rule", RULES.values())
def test_filters_are_aligned_where_they_raise_the_score(rule):
    examples, model = given(), network([1.0, 0.0], [0.0, 1.0], [-1.0, -0.5])
    positive = np.column_stack([np.arange(30) < 10, np.arange(30) >= 20])
    found = align(model, examples, positive, rule)
    assert found.groups.tolist() == [0, 1, OTHERS]
    for index, rows in enumerate((slice(0, 10), slice(20, 30), slice(10, 20))):
        alone = scan_filters(model, examples._replace(rows=np.arange(30)[rows]), rule)
        for mine, expected in zip(found.scan, alone, strict=True):
            np.testing.assert_array_equal(mine[index], expected[index])


def test_all_examples_where_a_group_has_none():
    examples, model = given(), network([1.0], [-1.0])
    found = align(model, examples, np.ones((30, 1), dtype=bool), RULES["deepbind"])
    assert found.groups.tolist() == [0, OTHERS]
    assert found.scan.sites.tolist() == scan_filters(model, examples, RULES["deepbind"]).sites.tolist()


def test_nothing_to_scan():
    with pytest.raises(InputError, match=r"motifs\.splits: no example"):
        align(network([1.0]), given(0), np.ones((0, 1), dtype=bool), RULES["basset"])
