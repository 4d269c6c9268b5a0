"""The site: Sphinx with MyST pages, notebooks as they were committed, and the API from docstrings."""

import html
import importlib.metadata
import os
import re
import sys
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.ext.autosummary import AutoLink
from sphinx.util import logging

os.environ["OMP_NUM_THREADS"] = "1"  # nothing is computed here but the import of torch
sys.path.insert(0, str(Path(__file__).parent))

import pages

pages.make()

project = "zenith-landscape"
author = "The zenith-landscape developers"
project_copyright = author
version = release = importlib.metadata.version(project)

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_made"]
templates_path = ["_templates"]
default_role = "name"  # `name` in a docstring: a link if there is such a name, else code
smartquotes = False  # code is quoted in prose

autosummary_generate = [str(path) for path in sorted((Path(__file__).parent / "api").glob("*.rst"))]
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
maximum_signature_line_length = 90
python_use_unqualified_type_names = True
numpydoc_show_class_members = False
numpydoc_attributes_as_param_list = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # outputs are committed, and CI executes the notebooks by themselves
nb_ipywidgets_js = {}  # the notebooks hold no live widgets, and their scripts would come from a CDN
nb_merge_streams = True

html_theme = "pydata_sphinx_theme"
html_title = f"zenith-landscape {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 4,
    "show_prev_next": False,
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}
html_sidebars = {"index": [], "quickstart": [], "which-measure": [], "comparison": [], "what-we-found": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
html_math_renderer = "mathml"


def escape_bars(app, what, name, thing, options, lines) -> None:
    """Docstrings write |x| for absolute values and norms, which is a substitution to docutils; *. is no emphasis."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            # What stands in backticks, roles included, is left as it is.
            parts = re.split(r"((?::\w+:)?`+[^`]*`+)", line)
            lines[i] = "".join(
                p if p.endswith("`") else re.sub(r"(?<!\\)\|", r"\\|", p).replace('"*.', '"\\*.') for p in parts
            )


class Name(AutoLink):
    """A link where the name is known, and code where it is not."""

    def run(self):
        """Return the nodes, as a role does."""
        found, messages = super().run()
        return [nodes.literal(n.astext(), n.astext()) if isinstance(n, nodes.emphasis) else n for n in found], messages


def mathml(writer, node) -> None:
    """Formulas as MathML, which browsers draw themselves: no script, and nothing from the network."""
    block = isinstance(node, nodes.math_block)
    try:
        writer.body.append(tex2mathml(node.astext(), as_block=block))
    except MathError as error:
        logging.getLogger(__name__).warning("no MathML of %r: %s", node.astext(), error, location=node)
        writer.body.append(f"<code>{html.escape(node.astext())}</code>")
    raise nodes.SkipNode


def lead_to_reports(app, name, source) -> None:
    """Let links to reports of the repository lead to their pages here."""
    source[0] = pages.with_reports(source[0])


def setup(app) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", escape_bars, priority=100)  # before numpydoc
    app.connect("source-read", lead_to_reports)
    app.add_role("name", Name())
    app.add_html_math_renderer("mathml", (mathml, None), (mathml, None))
