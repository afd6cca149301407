"""Colours that figures and exported cells share."""

# Okabe & Ito 2008, "Color Universal Design"; yellow is last because it is faint on white.
BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, YELLOW = PALETTE = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#F0E442",
)


def colors(count: int) -> list[str]:
    """Return distinct colours: the Okabe-Ito palette as far as it goes, else evenly spaced along viridis.

    >>> colors(2)
    ['#0072B2', '#D55E00']
    """
    if count < len(PALETTE):
        return list(PALETTE[:count])
    import matplotlib
    import numpy as np

    return [matplotlib.colors.to_hex(rgb) for rgb in matplotlib.colormaps["viridis"](np.linspace(0, 0.95, count))]
