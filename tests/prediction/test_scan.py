import numpy as np
import pytest
import torch
from torch import nn

from convoscope import modelfile
from convoscope.models import SEQUENCES, build
from convoscope.nn.convolution import Correlation
from convoscope.nn.pooling import GlobalPool, Pool
from convoscope.prediction import ensemble, scan
from convoscope.sequence.alphabet import ALPHABETS, encode_text

SMALL = {
    "deepbind": {"filters": 5, "length": 7},
    "basset": {"filters": [5, 6, 7], "lengths": [5, 3, 3], "pools": [3, 2, 2], "hidden": [8]},
    "deepsea": {"filters": [5, 6], "lengths": [5, 3], "pools": [4, 1], "dropout": [0.1, 0.1], "hidden": [8]},
    "danq": {"filters": 5, "length": 5, "pool": 4, "units": 3, "hidden": 4},
    "tower": {"filters": 5, "length": 5, "blocks": 2},
    "cnnprom": {"filters": [5], "lengths": [5], "pools": [4], "hidden": [6]},
}
WINDOW = 61
DEEPBIND = [
    ("deepbind", {"strands": strands, "knots": knots, "pool": pool})
    for strands in ("single", "max", "mean", "filter")
    for knots in (0, 7)
    for pool in ("max", "max+average")
]
OTHERS = [
    (name, {"strands": strands}) for name in SEQUENCES if name != "deepbind" for strands in ("single", "max", "mean")
]
EXPONENTIAL = [
    *((name, {"activation": "exponential"}) for name in SEQUENCES),
    ("deepbind", {"activation": "exponential", "knots": 7, "pool": "max+average"}),
]
CASES = [
    pytest.param(*case, id=f"{case[0]}-{'-'.join(map(str, case[1].values()))}")
    for case in DEEPBIND + OTHERS + EXPONENTIAL
]


def fill(network, seed=3):
    """Give every parameter and running figure a random value, as a training would."""
    generator = torch.Generator().manual_seed(seed)
    for module in network.modules():
        for parameter in module.parameters(recurse=False):
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.4)
        if isinstance(module, nn.BatchNorm1d):
            module.running_mean.normal_(generator=generator)
            module.running_var.uniform_(0.5, 2, generator=generator)
    return network.eval()


def letters(length, dtype=torch.float32, seed=1):
    drawn = torch.randint(0, 4, (length,), generator=torch.Generator().manual_seed(seed))
    return torch.eye(4, dtype=dtype)[drawn].T.contiguous()


def window_by_window(network, stretch, window, step):
    return network(stretch.unfold(1, window, step).transpose(0, 1).contiguous())


@pytest.mark.parametrize("step", [1, 12, 70])
@pytest.mark.parametrize(("name", "options"), CASES)
def test_every_row_of_the_table_agrees_with_windows_one_by_one(name, options, step):
    network = fill(build(name, 4, (WINDOW,), 2, {**SMALL[name], **options}))
    for dtype, tolerance in ((torch.float32, 1e-5), (torch.float64, 1e-12)):
        network = network.to(dtype)
        for length in (WINDOW, WINDOW + step - 1, 251):
            with torch.inference_mode():
                found = scan.scan(network, letters(length, dtype), WINDOW, step)
                expected = window_by_window(network, letters(length, dtype), WINDOW, step)
            assert found.shape == ((length - WINDOW) // step + 1, 2)
            torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)


def test_the_table_of_cases_is_complete():
    assert set(SMALL) == set(SEQUENCES)


@pytest.mark.parametrize(
    "layers",
    [
        [Correlation(1, 4, 3, 3, stride=2), GlobalPool("max+average")],
        [Correlation(1, 4, 3, 3, dilation=4), nn.ReLU(), Pool(1, "max+average", 4, 3), nn.Flatten()],
        [Correlation(1, 4, 3, 3, padding="same"), GlobalPool("max")],
        [Correlation(1, 4, 3, 4, padding=2), nn.Flatten()],
        [nn.ConstantPad1d((2, 5), 0.25), Correlation(1, 4, 3, 4, dilation=2), nn.BatchNorm1d(3), GlobalPool("average")],
        [nn.ConstantPad1d((0, 1), 1.0), Correlation(1, 4, 3, 4), Correlation(1, 3, 2, 2), nn.Flatten()],
        [nn.ConstantPad1d((3, 0), 1.0), Correlation(1, 4, 3, 4, stride=3), nn.Flatten()],
        [nn.ConstantPad1d(2, 1.0), nn.ReLU(), nn.Flatten()],
        [nn.ConstantPad1d(9, 1.0), Correlation(1, 4, 3, 2), nn.ConstantPad1d(1, 2.0), nn.Flatten()],
        [Correlation(1, 4, 3, 17), nn.ConstantPad1d(3, 0.5), Correlation(1, 3, 2, 5), nn.Flatten()],
        [Correlation(1, 4, 3, 16), nn.ConstantPad1d(3, 0.5), Correlation(1, 3, 2, 5), nn.Flatten()],
        [nn.ConstantPad1d(1, 1.0), Correlation(1, 4, 3, 1), GlobalPool("max")],
        [nn.ConstantPad1d((-1, 2), 1.0), Correlation(1, 4, 3, 4), nn.Flatten()],
        [nn.ConstantPad1d((9, 8), 0.5), Correlation(1, 4, 3, 12), GlobalPool("max+average")],
        [nn.Flatten()],
    ],
    ids=[
        "stride",
        "dilation",
        "same",
        "padding",
        "uneven",
        "twice",
        "pad+stride",
        "no correlation",
        "wide",
        "all end",
        "one between",
        "pad+1",
        "cropped",
        "over eight",
        "nothing",
    ],
)
@pytest.mark.parametrize("step", [1, 2, 5, 9])
def test_layers_in_any_order(layers, step):
    network = fill(nn.Sequential(*layers)).double()
    stretch = letters(83, torch.float64)
    with torch.inference_mode():
        torch.testing.assert_close(
            scan.scan(network, stretch, 20, step), window_by_window(network, stretch, 20, step), rtol=1e-12, atol=1e-12
        )


def test_by_hand():
    network = nn.Sequential(Correlation(1, 4, 1, 2, bias=False), GlobalPool("max"))
    network[0].weight.data = torch.tensor([[[1.0, 0], [0, 2], [0, 0], [0, 0]]])  # A then C
    stretch = torch.eye(4)[[0, 1, 3, 1, 0, 0]].T  # ACTCAA
    with torch.inference_mode():
        assert scan.scan(network.eval(), stretch, 3, 1).ravel().tolist() == [3, 2, 2, 1]
        assert scan.scan(network.eval(), stretch, 3, 2).ravel().tolist() == [3, 2]


def save_networks(folder, **options):
    """Write two networks and load them as an ensemble."""
    facts = {
        "architecture": "deepbind", "options": {"filters": 4, "length": 6, **options}, "channels": 4,
        "space": [20], "labels": ["a", "b"], "modality": "sequence", "task": "multilabel", "alphabet": "dna",
        "unknown": "uniform",
    }  # fmt: skip
    paths = [folder / f"{seed}.safetensors" for seed in (1, 2)]
    for seed, path in enumerate(paths):
        modelfile.save(path, fill(build("deepbind", 4, (20,), 2, facts["options"]), seed), facts)
    return ensemble.load(paths)


@pytest.mark.parametrize(("options", "looked_up"), [
    ({"strands": "single"}, True), ({"strands": "max"}, True), ({"strands": "mean"}, True),
    ({"strands": "filter"}, True), ({"knots": 3}, False), ({"pool": "max+average"}, False),
])  # fmt: skip
def test_letters_are_looked_up_where_the_best_match_alone_is_kept(
    tmp_path, layer_by_layer, monkeypatch, options, looked_up
):
    monkeypatch.setitem(scan.PIECE, "cpu", (31, 1000))
    tables, networks = [], save_networks(tmp_path, **options)
    matches = scan.LetterTable.matches
    monkeypatch.setattr(scan.LetterTable, "matches", lambda *given, **more: tables.append(1) or matches(*given, **more))
    draw = np.random.default_rng(1)
    for codes in (draw.integers(0, 4, 203), encode_text("ACGTN" * 40, ALPHABETS["dna"]), draw.integers(0, 15, 99)):
        codes, known = codes.astype(np.uint8), len(codes) > 99  # ambiguous letters come last
        for step in (1, 3, 19):
            windows = np.lib.stride_tricks.sliding_window_view(codes, 20)[::step].copy()
            tables.clear()
            for both in (False, True):
                found, expected = (
                    scan.stretch_scores(networks, codes, step, both),
                    layer_by_layer(networks, windows, both),
                )
                np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
            assert bool(tables) == (looked_up and known)


@pytest.mark.parametrize("both", [False, True])
@pytest.mark.parametrize("threads", [1, 3])
def test_scores_are_those_of_the_ensemble(tmp_path, layer_by_layer, monkeypatch, both, threads):
    monkeypatch.setitem(scan.PIECE, "cpu", (7, 1000))
    networks = save_networks(tmp_path, strands="single")
    codes = np.random.default_rng(1).integers(0, 15, 203).astype(np.uint8)  # ambiguous letters too
    for step in (1, 3, 20, 33):
        windows = np.lib.stride_tricks.sliding_window_view(codes, 20)[::step].copy()
        found = scan.stretch_scores(networks, codes, step, both, threads)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, layer_by_layer(networks, windows, both), rtol=1e-5, atol=1e-5)
    assert scan.stretch_scores(networks, codes[:19], 1, both, threads).shape == (2, 0, 2)
