"""From an array with named axes to the channels of an image at the depth of a camera."""

from collections.abc import Callable, Sequence

import numpy as np

from convoscope.image.request import Request, UnusableError

CHANNELS = "CS"  # axes whose planes are channels
UNNAMED = "QI"  # of a plain array as it was written; of pages that follow one another
ADVICE = {
    "Z": "a z-stack needs crops.projection: max, mean or middle",
    "T": "a time series is no image: save every frame as a file of its own",
}
DEEPEST = 65535  # of a camera's counts

# From a stack along its first axis to one plane; of an even number of planes the later middle one.
PROJECTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "max": lambda stack: stack.max(axis=0),
    "mean": lambda stack: np.rint(stack.mean(axis=0)).astype(stack.dtype),
    "middle": lambda stack: stack[len(stack) // 2],
}


def channels_first(image: np.ndarray, axes: str, name: str, request: Request) -> np.ndarray:
    """Return ``(channels, height, width)`` from an array whose axes have letters.

    Parameters
    ----------
    image
        The array.
    axes
        One letter for each of its axes, as tifffile has them; ``Q`` and ``I`` are axes without a meaning.
    name
        Of the file, for messages.
    request
        Number of channels and projection.

    Raises
    ------
    UnusableError
        ``wrong channels``, if an axis is neither space nor channels, or it cannot be told which is the channels'.
    """
    kept = [number for number, axis in enumerate(axes) if axis in "YX" or image.shape[number] > 1]
    image, letters = image.reshape([image.shape[number] for number in kept]), [axes[number] for number in kept]
    given = f"{name} has axes {''.join(letters)} of {' x '.join(map(str, image.shape))}"
    if request.projection:
        image, letters = _project(image, letters, given, request)
    extra = [letter for letter in letters if letter not in "YX"]
    strange = [letter for letter in extra if letter not in CHANNELS + UNNAMED]
    if len(extra) > 1 or strange or not {"Y", "X"} <= set(letters):
        advice = next((ADVICE[letter] for letter in strange if letter in ADVICE), "one plane per channel is read")
        raise UnusableError(f"wrong channels: {given}; {advice}")
    if not extra:
        return image[np.newaxis]
    if extra[0] in UNNAMED:
        request.note("an axis without a name is read as that of the channels", name)
    place = _unnamed_axis(image.shape, given, request) if extra[0] == "Q" else letters.index(extra[0])
    return np.moveaxis(image, place, 0)


def _project(image: np.ndarray, letters: list[str], given: str, request: Request) -> tuple[np.ndarray, list[str]]:
    """Return an array and its axes without the axis of a z-stack; see :func:`channels_first`.

    An axis without a name is the z-stack's where one channel is named, and the channels' where several are.
    """
    unnamed = [letter for letter in letters if letter in UNNAMED]
    if "Z" not in letters and unnamed and not request.channels:
        raise UnusableError(
            f"wrong channels: {given}; with crops.projection name the channels: one name for a z-stack, several for "
            "planes that are channels"
        )
    axis = "Z" if "Z" in letters else next(iter(unnamed), "") if request.channels == 1 else ""
    if not axis:
        return image, letters
    place = _unnamed_axis(image.shape, given, Request()) if axis == "Q" and image.ndim == 3 else letters.index(axis)
    flat = PROJECTIONS[str(request.projection)](np.moveaxis(image, place, 0))
    return flat, [letter for letter in letters if letter != axis]


def _unnamed_axis(shape: Sequence[int], given: str, request: Request) -> int:
    """Return which end of a plain array is the channels': the one of their number, or the shorter one."""
    ends = [place for place in (0, len(shape) - 1) if shape[place] == request.channels] or [0, len(shape) - 1]
    shortest = [place for place in ends if shape[place] == min(shape[end] for end in ends)]
    if len(shortest) > 1:
        raise UnusableError(f"wrong channels: {given}, and none is named as that of the channels; write it with axes")
    return shortest[0]


def without_transparency(
    image: np.ndarray, transparent: Sequence[int], name: str, request: Request, full: int | None = None
) -> np.ndarray:
    """Leave out channels that are tagged as transparency, unless they are named, or may be a stain.

    Libraries tag the last of four plain channels as transparency, so that the tag alone tells nothing.

    Parameters
    ----------
    image
        ``(channels, height, width)``.
    transparent
        Numbers of the tagged channels.
    name
        Of the file, for messages.
    request
        Number of named channels.
    full
        Value of an opaque pixel; the largest of the depth when absent.

    Raises
    ------
    UnusableError
        ``wrong channels``, if no names tell and a tagged channel has content.
    """
    if not transparent:
        return image
    if request.channels == len(image):
        request.note("a channel tagged as transparency is kept, as crops.channels names it", name)
        return image
    colours = np.delete(image, transparent, axis=0)
    if request.channels != len(colours) and (image[list(transparent)] != (full or np.iinfo(image.dtype).max)).any():
        raise UnusableError(
            f"wrong channels: {name} has channel {transparent[0] + 1} tagged as transparency, with content; name all "
            f"{len(image)} in crops.channels to keep it, or the other {len(colours)} to leave it out"
        )
    request.note("a channel tagged as transparency is left out", name)
    return colours


def as_counts(image: np.ndarray, name: str, request: Request) -> np.ndarray:
    """Return an image as uint8 or uint16; whole numbers from 0 to 65535 of any other type become uint16.

    Raises
    ------
    UnusableError
        ``wrong depth``, with what speaks against the numbers.
    """
    if image.dtype.kind == "u" and image.dtype.itemsize <= 2:
        return image.astype(image.dtype.newbyteorder("="), copy=False)
    found = ""
    if image.dtype.kind not in "iuf":
        found = "no counts"
    elif not np.isfinite(image).all():
        found = "values that are no number"
    elif image.min() < 0 or image.max() > DEEPEST:
        found = f"values from {image.min():g} to {image.max():g}"
    elif (image != np.rint(image)).any():
        found = f"fractions from {image.min():g} to {image.max():g}"
    if found:
        raise UnusableError(
            f"wrong depth: {name} is {image.dtype} with {found}; whole numbers from 0 to {DEEPEST} are read, so save "
            "the counts, or all images scaled alike to 16 bits"
        )
    request.note(f"{image.dtype.name} that holds whole numbers read as uint16", name)
    return image.astype(np.uint16)


def as_labels(mask: np.ndarray, name: str) -> np.ndarray:
    """Return a label image as whole numbers: also from floats that are whole, and from black and white.

    Raises
    ------
    UnusableError
        ``wrong depth``, if values are no whole numbers, or too large for a float to tell them apart.
    """
    if mask.dtype.kind == "b":
        return mask.astype(np.uint8)
    if mask.dtype.kind == "f":
        exact = 2.0 ** (np.finfo(mask.dtype).nmant + 1)
        if not np.isfinite(mask).all() or (mask != np.rint(mask)).any():
            raise UnusableError(f"wrong depth: mask {name} is {mask.dtype} with fractions; whole numbers are read")
        if np.abs(mask).max() > exact:
            raise UnusableError(f"wrong depth: mask {name} is {mask.dtype} with values above {exact:g}; save as uint32")
        return mask.astype(np.int64)
    if mask.dtype.kind not in "iu":
        raise UnusableError(f"wrong depth: mask {name} is {mask.dtype}; whole numbers are read")
    return mask.astype(mask.dtype.newbyteorder("="), copy=False)
