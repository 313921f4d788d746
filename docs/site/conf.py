# SPDX-License-Identifier: GPL-2.0-only
"""Sphinx' settings. docs/make-site.py puts the pages beside this file and calls Sphinx."""

import os
import sys

sys.path.insert(0, os.environ["HOSTSTACK_PACKAGE"])

project = "hoststack"
copyright = "its authors; GPL-2.0-only"  # pylint: disable=redefined-builtin
version = release = os.environ["HOSTSTACK_VERSION"]
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["scenarios/**", "LICENSE"]
myst_heading_anchors = 4
html_theme = "furo"
html_title = f"hoststack {version}"
html_show_sphinx = False
# Pages load nothing from elsewhere, and the same sources give the same bytes.
html_last_updated_fmt = None
html_copy_source = False
# Documented as it is written; what is compiled need not be there.
autodoc_mock_imports = ["hoststack._core", "cloudpickle", "distributed", "tqdm", "jinja2", "matplotlib"]
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
