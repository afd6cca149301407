"""Configuration of Sphinx: `make docs` builds the pages of this folder into build/docs."""

from convoscope import __version__

project = "Convoscope"
release = __version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = f"Convoscope {release}"
myst_heading_anchors = 3
myst_enable_extensions = ["deflist"]
napoleon_google_docstring = False
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
default_role = "code"  # `name` in a docstring
