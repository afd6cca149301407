"""Captions and the text of the first page, reStructuredText as Snakemake's own report reads it, as parts of a page."""

from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

# Raw HTML of the first page mends what Snakemake's report does with it, and is left out here.
SETTINGS = {"_disable_config": True, "raw_enabled": False, "report_level": 5, "initial_header_level": 3}


def rst_to_html(text: str, links: Mapping[str, str] | None = None) -> Markup:
    """Return reStructuredText as a part of a page; ``links`` say where the names that it refers to are.

    >>> print(rst_to_html("Read *this*.").strip())
    <p>Read <em>this</em>.</p>
    """
    targets = "".join(f"\n.. _{name}: {link}" for name, link in (links or {}).items())
    parts = publish_parts(f"{text}\n{targets}\n", writer="html5", settings_overrides=SETTINGS)
    return Markup(parts["fragment"])


def overview_to_html(text: str, page: Path | None, links: Mapping[str, str]) -> Markup:
    """Return the text of the first page, with the variables that Snakemake gives it.

    Parameters
    ----------
    text
        Jinja template of reStructuredText; it has ``files`` and ``categories``, and may refer to each by its name.
    page
        The page of all experiments, next to which ``landing.tsv`` is; None where there is none.
    links
        Where to find each category that is shown.
    """
    files = [SimpleNamespace(path=page.absolute(), target=page.name)] if page else []
    categories = [SimpleNamespace(name=name) for name in links]
    filled = Environment(undefined=StrictUndefined).from_string(text).render(files=files, categories=categories)
    targets = {**links, **{file.target: "#summary" for file in files}}
    return rst_to_html(filled, targets)
