import numpy as np
import pytest

from convoscope.image.channels import as_counts, as_labels, channels_first, without_transparency
from convoscope.image.request import Request, UnusableError


@pytest.fixture
def stack():
    return np.random.default_rng(1).integers(0, 4000, (4, 2, 5, 6), dtype=np.uint16)


def test_axes_by_hand():
    image = np.arange(24).reshape(1, 4, 3, 2)
    found = channels_first(image, "TYXS", "a", Request())
    np.testing.assert_array_equal(found[:, 1, 2], [image[0, 1, 2, 0], image[0, 1, 2, 1]])
    assert channels_first(np.zeros((5, 6)), "YX", "a", Request()).shape == (1, 5, 6)
    assert channels_first(np.zeros((1, 1)), "YX", "a", Request()).shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("shape", "named", "place"),
    [
        ((3, 64, 64), 0, 0),
        ((64, 64, 3), 0, 2),
        ((10, 8, 8), 10, 0),  # more channels than pixels per side
        ((8, 8, 10), 10, 2),
        ((5, 3, 9), 0, 0),  # channels are first or last, never in the middle
        ((5, 3, 9), 3, 0),
        ((64, 64, 3), 64, 0),
    ],
)
def test_plain_arrays_by_the_number_of_channels_or_their_shorter_end(shape, named, place):
    image = np.arange(np.prod(shape)).reshape(shape)
    found = channels_first(image, "QYX", "a", Request(channels=named))
    np.testing.assert_array_equal(found, np.moveaxis(image, place, 0))


@pytest.mark.parametrize("named", [0, 8, 5])
def test_plain_arrays_that_could_be_either(named):
    with pytest.raises(UnusableError, match="wrong channels: a has axes QYX of 8 x 9 x 8, and none is named"):
        channels_first(np.zeros((8, 9, 8)), "QYX", "a", Request(channels=named))


@pytest.mark.parametrize(("how", "value"), [("max", 9), ("mean", 6), ("middle", 8)])
def test_projections_by_hand(how, value):
    stack = np.array([9, 5, 8, 3], dtype=np.uint8).reshape(4, 1, 1)  # mean 6.25, middle of four the third
    found = channels_first(stack, "ZYX", "a", Request(projection=how))
    assert (found.dtype, found.tolist()) == (np.uint8, [[[value]]])
    assert channels_first(stack[[1, 2]], "ZYX", "a", Request(projection="mean")).tolist() == [[[6]]]  # 6.5 to even


def test_a_stack_of_channels(stack):
    found = channels_first(stack, "ZCYX", "a", Request(projection="max"))
    np.testing.assert_array_equal(found, stack.max(axis=0))
    found = channels_first(stack, "CZYX", "a", Request(projection="max", channels=4))
    np.testing.assert_array_equal(found, stack.max(axis=1))


@pytest.mark.parametrize("axes", ["QYX", "IYX"])
def test_an_axis_without_a_name_is_that_of_the_stack_or_of_the_channels(axes, stack):
    planes = stack[:3, 0]
    one, three, none = (Request(channels=named, projection="max") for named in (1, 3, 0))
    np.testing.assert_array_equal(channels_first(planes, axes, "a", one), planes.max(axis=0)[np.newaxis])
    np.testing.assert_array_equal(channels_first(planes, axes, "a", three), planes)
    if axes == "QYX":
        found = channels_first(planes.transpose(1, 2, 0), axes, "a", one)
        np.testing.assert_array_equal(found, planes.max(axis=0)[np.newaxis])
    with pytest.raises(UnusableError, match=r"with crops\.projection name the channels: one name for a z-stack"):
        channels_first(planes, axes, "a", none)


@pytest.mark.parametrize(
    ("axes", "shape", "said"),
    [
        ("ZYX", (3, 5, 6), "a z-stack needs crops.projection: max, mean or middle"),
        ("TYX", (3, 5, 6), "a time series is no image"),
        ("TZYX", (3, 2, 5, 6), "a time series is no image"),
        ("PYX", (3, 5, 6), "one plane per channel is read"),
        ("CYXS", (2, 5, 6, 3), "one plane"),
        ("ZX", (3, 6), "a z-stack"),
        ("XC", (3, 6), "one plane"),
    ],
)
def test_axes_that_are_no_image(axes, shape, said):
    with pytest.raises(UnusableError, match=f"^wrong channels: a has axes {axes} of [0-9x ]*; {said}"):
        channels_first(np.zeros(shape), axes, "a", Request())


def test_transparency_by_names_and_content(stack):
    image = stack[0, [0, 1, 0, 1]].copy()
    for named, held in ((4, 4), (3, 3)):
        assert len(without_transparency(image, [3], "a", Request(channels=named), 4095)) == held
    for named in (0, 2):
        with pytest.raises(UnusableError, match="a has channel 4 tagged as transparency, with content; name all 4 in"):
            without_transparency(image, [3], "a", Request(channels=named))
    image[3] = 65535
    request = Request()
    np.testing.assert_array_equal(without_transparency(image, [3], "a", request), image[:3])
    assert list(request.notes) == ["a channel tagged as transparency is left out"]
    image[3, 0, 0] -= 1
    with pytest.raises(UnusableError, match="with content"):
        without_transparency(image, [3], "a", Request())
    np.testing.assert_array_equal(without_transparency(image, [], "a", Request()), image)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.uint32, np.int64, np.float32, np.float64])
def test_whole_numbers_of_other_types_are_counts(dtype):
    request = Request()
    found = as_counts(np.array([[0, 3, 30000]], dtype=dtype), "a", request)
    assert (found.dtype, found.tolist()) == (np.uint16, [[0, 3, 30000]])
    assert list(request.notes) == [f"{np.dtype(dtype).name} that holds whole numbers read as uint16"]


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2"])
def test_counts_stay_as_they_are(dtype):
    found = as_counts(np.array([[0, 255]], dtype=dtype), "a", request := Request())
    assert (found.dtype, found.tolist(), request.notes) == (np.dtype(dtype).newbyteorder("="), [[0, 255]], {})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (np.float32(0.5), "float32 with fractions from 0 to 0.5"),
        (np.float64(65536), "float64 with values from 0 to 65536"),
        (np.float32(np.inf), "float32 with values that are no number"),
        (np.float64(np.nan), "float64 with values that are no number"),
        (np.int16(-1), "int16 with values from -1 to 0"),
        (np.uint32(65536), "uint32 with values from 0 to 65536"),
        (np.bool_(True), "bool with no counts"),
        (np.complex64(1), "complex64 with no counts"),
    ],
)
def test_numbers_that_are_no_counts(value, said):
    with pytest.raises(UnusableError, match=f"^wrong depth: a is {said}; whole numbers from 0 to 65535 are read"):
        as_counts(np.array([[0, value]], dtype=value.dtype), "a", Request())


def test_the_largest_count():
    assert as_counts(np.array([65535.0]), "a", Request()).tolist() == [65535]


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int32, ">u4", np.int64, np.float16, np.float32, np.float64])
def test_whole_numbers_of_any_type_are_labels(dtype):
    found = as_labels(np.array([[0, 1, 1]], dtype=dtype), "m")
    assert (found.dtype.kind in "iu", found.dtype.isnative, found.tolist()) == (True, True, [[0, 1, 1]])


@pytest.mark.parametrize(("dtype", "exact"), [(np.float32, 2**24), (np.float16, 2**11)])
def test_floats_are_labels_up_to_where_they_tell_numbers_apart(dtype, exact):
    assert as_labels(np.array([[2, exact]], dtype=dtype), "m").tolist() == [[2, exact]]
    for value in (exact + 2, -exact - 2):
        with pytest.raises(UnusableError, match=f"mask m is {np.dtype(dtype)} with values above .*; save as uint32"):
            as_labels(np.array([[0, value]], dtype=dtype), "m")


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (np.full((5, 6), 0.5, np.float32), "float32 with fractions; whole numbers are read"),
        (np.full((5, 6), np.nan, np.float64), "float64 with fractions; whole numbers are read"),
        (np.full((5, 6), np.inf, np.float32), "float32 with fractions; whole numbers are read"),
        (np.ones((5, 6), np.complex64), "complex64; whole numbers are read"),
    ],
)
def test_numbers_that_are_no_labels(mask, said):
    with pytest.raises(UnusableError, match=f"^wrong depth: mask m is {said}$"):
        as_labels(mask, "m")
