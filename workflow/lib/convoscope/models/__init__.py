"""The zoo: every architecture by name.

A row names the module and function that builds the network, so that reading this table never imports torch.
A factory has the signature ``(channels: int, space: tuple[int, ...], outputs: int, **options) -> nn.Module`` and
its network maps ``(batch, channels, *space)`` to ``(batch, outputs)`` scores before any sigmoid or softmax.
"""

MODELS = {
    "deepbind": "convoscope.models.deepbind:deepbind",
    "basset": "convoscope.models.basset:basset",
    "deepsea": "convoscope.models.deepsea:deepsea",
    "danq": "convoscope.models.danq:danq",
    "tower": "convoscope.models.tower:tower",
    "cnnprom": "convoscope.models.cnnprom:cnnprom",
}
