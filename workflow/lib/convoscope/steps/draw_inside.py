"""Draw what a network on images looks at."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from convoscope.dataset import read_card
from convoscope.errors import InputError
from convoscope.report.arrays import read_arrays
from convoscope.report.filters import (
    CONTROL,
    DRAWN,
    MAPS,
    NEAREST,
    control_finding,
    draw_control,
    draw_filter,
    draw_signed,
    draw_unit,
    kernels_finding,
    maps_finding,
    projected,
)
from convoscope.report.montage import channel_key, colour, draw_tile, limits
from convoscope.report.style import drawing, headline, number, small_multiples
from convoscope.tables import read_table

Arrays = Mapping[str, np.ndarray]


def draw_inside(
    *,
    arrays: Path,
    nearest: Path,
    control: Path,
    card: Path,
    filters: Path,
    patches: Path,
    maps: Path,
    classes: Path,
    control_figure: Path,
) -> None:
    """Draw first-layer filters, strongest patches, maps of four methods, class images and the control of the maps."""
    described = read_card(card, "channel_names")
    sizes = {"labels": len(described["labels"]), "channels": len(described["channel_names"])}
    content = read_arrays(arrays, "image_interpretation", sizes)
    kernels, table = read_table(nearest, "nearest", NEAREST), read_table(control, "control", CONTROL)
    for name, size in zip(("filter", "channel"), content["filters"].shape, strict=False):
        if not kernels[name].between(0, size - 1).all():
            right = "both of one run of interpret-images"
            raise InputError(f"{nearest}: a {name} that is not one of the {size} of {arrays}; {right}")
    show_filters(content["filters"], kernels, described["channel_names"], filters)
    show_patches(content, described["channel_names"], patches)
    show_maps(content, described, maps)
    show_classes(content["classes"], described, classes)
    with drawing(control_figure, 3.6, table, width=9) as figure:
        headline(figure, control_finding(table))
        draw_control(table, figure.subplots())


def records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def show_filters(filters: np.ndarray, table: pd.DataFrame, channels: list[str], path: Path) -> None:
    """Draw each channel of each filter under its nearest classic kernel."""
    shown = table[table["filter"] < DRAWN]
    with drawing(path, 0.8 + 1.0 * -(-len(shown) // 12), table) as figure:
        headline(figure, kernels_finding(table))
        for row, axes in zip(records(shown), small_multiples(figure, len(shown), 12), strict=True):
            draw_filter(filters[row["filter"], row["channel"]], row, axes)
        order = " and ".join(channels) if len(channels) < 3 else ", ".join(channels)
        figure.supxlabel(f"by turns {order}; cosine with the kernel; bold where q ≤ .05", fontsize=8)


def show_patches(arrays: Arrays, channels: list[str], path: Path) -> None:
    """Draw, for units of the first and the last maps, nine patches and their projections."""
    units = [(place, unit) for place in ("first", "last") for unit in range(len(arrays[f"{place}:channels"]))]
    table = pd.DataFrame(
        [
            {"layer": place, "unit": int(arrays[f"{place}:channels"][unit]), "rank": rank + 1, "activation": value}
            for place, unit in units
            for rank, value in enumerate(arrays[f"{place}:values"][unit])
        ]
    )
    with drawing(path, 1.0 + 0.72 * len(units), table) as figure:
        headline(figure, "The nine strongest patches of some units, and what of them the unit answered to")
        grid = figure.subplots(len(units), 2, squeeze=False)
        for (place, unit), (left, right) in zip(units, grid, strict=True):
            name = f"{place} {int(arrays[f'{place}:channels'][unit])}"
            draw_unit(arrays[f"{place}:patches"][unit], name, left)
            draw_unit(projected(arrays[f"{place}:projections"][unit]), "", right)
        grid[0][0].set_title("patches")
        grid[0][1].set_title("deconvolutional projections")
        figure.supxlabel(channel_key(channels), fontsize=9)


def show_maps(arrays: Arrays, card: Mapping[str, list[str]], path: Path) -> None:
    """Draw one line per cell: the crop, three methods by channel, and Grad-CAM."""
    inputs, chances = arrays["map:inputs"], arrays["chances"]
    names, labels = card["channel_names"], card["labels"]
    table = pd.DataFrame({"class": [labels[target] for target in arrays["targets"]], "probability": chances})
    images = colour(inputs, limits(inputs)) if len(inputs) else np.empty((0,))
    columns = 2 + len(MAPS) * len(names)
    with drawing(path, 1.0 + 1.35 * max(1, len(inputs)), table) as figure:
        headline(figure, maps_finding(chances.tolist() or [0], arrays["map:native"].tolist()))
        grid = figure.subplots(max(1, len(inputs)), columns, squeeze=False)
        for cell, line in enumerate(grid[: len(inputs)]):
            draw_tile(images[cell], str(table["class"][cell]), number(chances[cell], 2), line[0])
            place = iter(line[1:])
            for method in MAPS:
                values = arrays[f"map:{method}"][cell]
                for channel, axes in zip(range(len(names)), place, strict=False):
                    draw_signed(values[channel], axes, float(np.abs(values).max()))
            line[-1].imshow(arrays["map:gradcam"][cell, 0], cmap="magma", interpolation="nearest")
            line[-1].set_axis_off()
        titles = [f"{title.split()[0]}\n{name}" for title in MAPS.values() for name in names]
        for axes, title in zip(grid[0][1:], [*titles, "Grad-CAM"], strict=True):
            axes.set_title(title, fontsize=8, loc="center", fontweight="normal")


def show_classes(images: np.ndarray, card: Mapping[str, list[str]], path: Path) -> None:
    """Draw the image that each class likes most."""
    table = pd.DataFrame({"class": card["labels"], "largest": np.abs(images).max(axis=(1, 2, 3))})
    with drawing(path, 0.9 + 1.75 * -(-len(images) // 6), table) as figure:
        headline(figure, "Images that each class likes most, climbed from faint noise: caricatures, not cells")
        for image, name, axes in zip(images, card["labels"], small_multiples(figure, len(images), 6), strict=True):
            draw_tile(colour(image[None], limits(image[None]))[0], name, "", axes)
        figure.supxlabel(channel_key(card["channel_names"]), fontsize=9)
