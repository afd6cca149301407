import numpy as np
import pytest

from convoscope.errors import InputError
from convoscope.image import store as module
from convoscope.image.store import Store


@pytest.fixture
def crops():
    return np.random.default_rng(4).integers(0, 60000, (50, 2, 5, 5), dtype=np.uint16)


@pytest.mark.parametrize("block", [1, 250, 1 << 24])
@pytest.mark.parametrize("lost", [[], [0], [49], [0, 1, 7, 8, 30, 49], list(range(49)), list(range(0, 50, 2))])
def test_rows_in_any_order_and_gaps_closed_up(lost, block, crops, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BLOCK", block)
    kept = np.setdiff1d(np.arange(50), lost)
    with Store(tmp_path / "codes.npy", 50) as store:
        for row in np.random.default_rng(1).permutation(kept):
            store.put(int(row), crops[row])
        store.close_up()
    found = np.load(tmp_path / "codes.npy", mmap_mode="r")
    assert (found.dtype, found.shape) == (np.uint16, (len(kept), 2, 5, 5))
    np.testing.assert_array_equal(found, crops[kept])
    np.save(tmp_path / "whole.npy", crops[kept])
    assert (tmp_path / "codes.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


def test_number_of_rows_with_fewer_digits_fits_the_header(tmp_path):
    with Store(tmp_path / "codes.npy", 10**9) as store:
        store.put(3, np.ones((1, 2, 2), dtype=np.uint8))
        store.close_up()
    assert np.load(tmp_path / "codes.npy").tolist() == [[[[1, 1], [1, 1]]]]


def test_all_crops_are_alike(crops, tmp_path):
    with Store(tmp_path / "codes.npy", 2) as store:
        store.put(0, crops[0])
        with pytest.raises(InputError, match="crop 1: uint8"):
            store.put(1, crops[1].astype(np.uint8))
