"""What the report shows of a network on images, by hand."""

import numpy as np
import pytest
import torch

from convoscope.interpretation.attribution.image_summary import best_answers, control, maps_of
from convoscope.models import build

OPTIONS = {"filters": [4, 6], "blocks": [1, 1], "size": 3}


@pytest.fixture
def model():
    torch.manual_seed(1)
    return build("residual", 2, (16, 16), 3, OPTIONS).eval()


def test_best_answers_are_right_confident_and_in_the_order_of_classes():
    probabilities = np.array([[0.9, 0.1, 0], [0.6, 0.4, 0], [0.3, 0.7, 0], [0.2, 0.8, 0], [0.1, 0.1, 0.8]])
    labels = np.eye(3)[[1, 0, 1, 1, 0]]  # the first and the last are called wrong
    found = best_answers(probabilities, labels, np.arange(10, 15), most=3)
    assert [field.tolist() for field in found] == [[11, 13], [0, 1], [0.6, 0.8]]
    assert best_answers(probabilities, labels, np.arange(10, 15), most=1).rows.tolist() == [13]


def test_a_network_that_calls_no_cell_right_has_maps_of_no_cell(model):
    nobody = best_answers(np.array([[0.9, 0.1, 0]]), np.eye(3)[[1]], np.array([7]), most=3)
    inputs = torch.zeros(len(nobody.rows), 2, 16, 16)
    found = maps_of(model, inputs, nobody.targets)
    assert {name: array.shape for name, array in found.items()} == {
        "occlusion": (0, 2, 16, 16), "integrated": (0, 2, 16, 16), "guided": (0, 2, 16, 16),
        "gradcam": (0, 1, 16, 16), "inputs": (0, 2, 16, 16), "native": (2,),
    }  # fmt: skip
    assert found["native"].tolist() == [4, 4]
    one = maps_of(model, torch.rand(1, 2, 16, 16), np.array([1]))
    assert {name: array.dtype for name, array in one.items()} == {name: array.dtype for name, array in found.items()}
    metadata = {"space": [16, 16], "labels": ["a", "b", "c"], "architecture": "residual", "channels": 2}
    trials = control(model, metadata | {"options": OPTIONS}, inputs, nobody.targets, 1)
    assert set(trials.loc[trials["layers"] > 0, "similarity"]) == {0.0}
