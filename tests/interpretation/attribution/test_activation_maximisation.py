"""Class images: the optimum of a linear unit is known."""

import numpy as np
import pytest
import torch
from torch import nn

from convoscope.errors import InputError
from convoscope.interpretation.attribution.activation_maximisation import (
    Ascent,
    blurred,
    class_images,
    without_smallest,
)
from convoscope.models import build
from convoscope.nn.blocks import chain
from convoscope.nn.convolution import Correlation

PLAIN = Ascent(steps=100, blur=0.0, jitter=0)


def test_a_linear_unit_likes_its_weights():
    torch.manual_seed(1)
    model = chain(flatten=nn.Flatten(), scores=nn.Linear(50, 2))
    found = class_images(model, (2, 5, 5), [1, 0], PLAIN)
    for image, target in zip(found.images, (1, 0), strict=True):
        weight = model.scores.weight[target].detach().numpy()
        assert np.corrcoef(image.ravel(), weight)[0, 1] > 0.999
    # The decay balances the step: x = (x + rate · w / rms(w)) (1 - decay) at the length rate (1 - decay) / decay.
    reached = np.sqrt(np.square(class_images(model, (2, 5, 5), [0], PLAIN._replace(steps=1500)).images).mean())
    assert reached == pytest.approx(0.1 * 0.99 / 0.01, rel=0.01)


def test_a_correlations_unit_likes_its_filter_in_the_middle():
    torch.manual_seed(1)
    model = chain(maps=Correlation(2, 2, 3, 3, bias=False))
    found = class_images(model, (2, 9, 9), [2], PLAIN._replace(steps=800), layer="maps")
    expected = np.zeros((2, 9, 9))
    expected[:, 3:6, 3:6] = model.maps.weight[2].detach()
    assert np.corrcoef(found.images[0].ravel(), expected.ravel())[0, 1] > 0.99


def test_jitter_moves_the_image_and_the_gradient_back():
    """A unit that likes one pixel: with jitter its image is the pixels around it, evenly."""
    model = chain(flatten=nn.Flatten(), scores=nn.Linear(9, 1))
    with torch.no_grad():
        model.scores.weight[:], model.scores.bias[:] = torch.eye(9)[4], 0
    still, jittered = (
        class_images(model, (1, 9), [0], Ascent(300, blur=0.0, jitter=jitter)).images for jitter in (0, 1)
    )
    assert (still[0, 0] > 1).nonzero()[0].tolist() == [4]
    assert (jittered[0, 0] > 1).nonzero()[0].tolist() == [3, 4, 5]
    for seed in range(5):
        begun, once = (class_images(model, (1, 9), [0], Ascent(n, 0.1, 0.0, 0.0, jitter=4), seed=seed) for n in (0, 1))
        [seen] = np.isclose(
            begun.images[0, 0], begun.values[0], rtol=1e-5
        ).nonzero()  # the pixel that stood under the unit
        assert seen.tolist() == (once.images[0, 0] - begun.images[0, 0]).nonzero()[0].tolist()


@pytest.mark.parametrize("ascent", [Ascent(steps=20), Ascent(steps=20, smallest=0.2, blur=1.0, every=2)])
def test_activations_rise_and_the_model_is_given_back(ascent):
    torch.manual_seed(2)
    model = build("residual", 2, (24, 24), 3, {"filters": [4, 6], "blocks": [1, 1]}).train()
    torch.nn.init.kaiming_normal_(model.correlation.weight)  # a trained network's are not as small as the first ones
    before = {key: tensor.clone() for key, tensor in model.state_dict().items()}
    found = class_images(model, (2, 24, 24), [0, 1, 2], ascent)
    assert found.images.shape == (3, 2, 24, 24)
    assert found.values.shape == (21, 3)
    assert (found.values[-1] > found.values[0]).all()
    assert all(module.training for module in model.modules())
    assert all(torch.equal(before[key], tensor) for key, tensor in model.state_dict().items())
    np.testing.assert_array_equal(found.images, class_images(model, (2, 24, 24), [0, 1, 2], ascent).images)
    assert (found.images != class_images(model, (2, 24, 24), [0, 1, 2], ascent, seed=2).images).any()


def test_sequences_have_class_inputs_too():
    model = build("deepbind", 4, (40,), 2, {"strands": "single", "filters": 4, "length": 8})
    assert class_images(model, (4, 40), [1], Ascent(steps=3)).images.shape == (1, 4, 40)


def test_blur_is_scipys():
    from scipy.ndimage import gaussian_filter

    images = np.random.default_rng(1).normal(size=(2, 3, 15, 11))
    expected = gaussian_filter(images, 1.5, axes=(2, 3), mode="mirror", truncate=4)
    np.testing.assert_allclose(blurred(torch.as_tensor(images), 1.5), expected, rtol=1e-6, atol=1e-9)
    assert blurred(torch.ones(1, 1, 4), 3.0).tolist() == [[[pytest.approx(1)] * 4]]


def test_smallest_positions_vanish_in_all_channels():
    images = torch.tensor([[[3.0, 1.0, 0.0, 5.0], [4.0, 1.0, 2.0, 0.0]]])  # norms 5, 1.4, 2, 5
    assert without_smallest(images, 0.5).tolist() == [[[3, 0, 0, 5], [4, 0, 0, 0]]]


def test_refusals():
    model = chain(flatten=nn.Flatten(), scores=nn.Linear(4, 2))
    with pytest.raises(InputError, match=r"targets: \[2\]; 0 to 1"):
        class_images(model, (1, 2, 2), [2], PLAIN)
    with pytest.raises(InputError, match="layer: no 'maps' in the model"):
        class_images(model, (1, 2, 2), [0], PLAIN, layer="maps")
