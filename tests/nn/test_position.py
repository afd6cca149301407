import pytest
import torch

from convoscope.errors import InputError
from convoscope.models import build
from convoscope.nn.position import PlacedMaximum


def test_the_bonus_is_linear_between_knots_and_decides_which_match_is_best() -> None:
    pool = PlacedMaximum(1, 3, average=True)
    pool.knots.data = torch.tensor([[0.0, 2.0, 0.0]])
    assert pool.bonus(5).tolist() == [[0.0, 1.0, 2.0, 1.0, 0.0]]
    maps = torch.tensor([[[3.0, 0.0, 1.5, 0.0, -2.0]]])
    assert pool(maps).tolist() == [[3.5, pytest.approx(0.9)]]


def test_without_a_bonus_it_is_the_rectified_maximum() -> None:
    maps = torch.randn(4, 3, 11, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(PlacedMaximum(3, 5, average=False)(maps), maps.amax(2).relu())


def test_with_an_exponential_in_place_of_the_rectifier() -> None:
    maps = torch.randn(4, 3, 11, generator=torch.Generator().manual_seed(0))
    found = PlacedMaximum(3, 5, average=True, activation="exponential")(maps)
    torch.testing.assert_close(found, torch.cat([maps.amax(2).exp(), maps.exp().mean(2)], dim=1))


def test_deepbind_learns_places_of_both_strands() -> None:
    torch.manual_seed(0)
    model = build("deepbind", 4, (21,), 1, {"filters": 2, "length": 5, "strands": "filter", "knots": 4, "hidden": 0})
    pool = next(module for module in model.modules() if isinstance(module, PlacedMaximum))
    pool.knots.data.normal_(generator=torch.Generator().manual_seed(1))
    codes = torch.randint(0, 4, (3, 21), generator=torch.Generator().manual_seed(2))
    one_hot = torch.nn.functional.one_hot(codes, 4).transpose(1, 2).float()
    # The reverse complement of the input reverses both of its axes in the order A, C, G, T.
    torch.testing.assert_close(model.eval()(one_hot), model(one_hot.flip(1, 2)))
    with pytest.raises(InputError, match=r"model.options.knots.*found -1"):
        build("deepbind", 4, (21,), 1, {"knots": -1})
