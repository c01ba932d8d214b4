"""How Sphinx makes the site from these pages; `make docs` runs it, and warnings are errors."""

from __future__ import annotations

import sys
from pathlib import Path

import nusterile

sys.path[:0] = [str(Path(__file__).parent / name) for name in ("extensions", "measured")]

project = "nusterile"
author = "The nusterile developers"
project_copyright = author
version = release = nusterile.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "sphinx_click",
    "sphinx_copybutton",
    "sphinx_design",
    "generated_tables",
    "mathml",
]
exclude_patterns = ["example/**", "service/**", "figures/**", "extensions/**", "templates/**"]
nitpicky = True
# A word in backticks becomes a link where it names something that has a page.
default_role = "autolink"

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
html_math_renderer = "mathml"
myst_heading_anchors = 4
suppress_warnings = ["mystnb.unknown_mime_type"]

# Notebooks run at every build, in folders of their own, and an error ends the build.
nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_show_tb = True
nb_merge_streams = True

templates_path = ["templates"]
autosummary_generate = True
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_theme = "pydata_sphinx_theme"
html_title = "nusterile"
html_static_path = ["static"]
html_css_files = ["site.css"]
# Pages without neighbours.
html_sidebars = {"index": [], "validation": []}
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "nusterile"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_prev_next": True,
}
