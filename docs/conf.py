"""The site: Sphinx with MyST pages, notebooks as they were committed, and the API from docstrings."""

import importlib.metadata
import os
import re
import sys
from pathlib import Path

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
    "sphinx.ext.mathjax",
    "numpydoc",
    "myst_nb",
    "sphinx_copybutton",
    "sphinx_design",
]
exclude_patterns = ["_made"]
templates_path = ["_templates"]
default_role = "autolink"  # `name` in a docstring: a link if there is such a name
keep_warnings = False

autosummary_generate = [str(path) for path in sorted((Path(__file__).parent / "api").glob("*.rst"))]
autodoc_typehints = "none"  # the docstrings give types, with shapes
numpydoc_show_class_members = False
numpydoc_attributes_as_param_list = True

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # outputs are committed, and CI executes the notebooks by themselves
nb_merge_streams = True

html_theme = "pydata_sphinx_theme"
html_title = "zenith-landscape"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "navbar_align": "left",
    "header_links_before_dropdown": 6,
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navigation_with_keys": False,
}
html_sidebars = {"index": [], "quickstart": [], "which-measure": [], "comparison": []}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
mathjax_path = "mathjax.js"


def escape_bars(app, what, name, thing, options, lines) -> None:
    """Docstrings write |x| for absolute values and norms, which is a substitution to docutils; *. is no emphasis."""
    for i, line in enumerate(lines):
        if not line.lstrip().startswith((">>>", "...")):
            # What stands in backticks, roles included, is left as it is.
            parts = re.split(r"((?::\w+:)?`+[^`]*`+)", line)
            lines[i] = "".join(
                p if p.endswith("`") else re.sub(r"(?<!\\)\|", r"\\|", p).replace('"*.', '"\\*.') for p in parts
            )


def setup(app) -> None:  # noqa: D103
    app.connect("autodoc-process-docstring", escape_bars, priority=100)  # before numpydoc
