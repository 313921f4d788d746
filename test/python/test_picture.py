# SPDX-License-Identifier: GPL-2.0-only
"""The README's picture is what comes out."""

import json
import os
import pathlib
import re
import runpy

import hoststack
import pytest

pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")
SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])


def test_the_picture_of_the_readme_shows_what_its_scenario_yields(tmp_path):
    drawn = (SOURCE / "docs" / "pictures" / "outage.svg").read_text(encoding="utf-8")
    kept = json.loads(re.search(r"<!-- (\{.*\}) -->", drawn).group(1))
    maker = runpy.run_path(str(SOURCE / "docs" / "make-picture.py"))
    run = hoststack.run(maker["SCENARIO"], maker["OUTAGE"])
    now = maker["figures"](run)
    assert now.keys() == kept.keys()
    for part, figures in now.items():  # what moves them by more needs a new picture: docs/make-picture.py
        assert figures == pytest.approx(kept[part], rel=0.1, abs=2), part
    assert "docs/pictures/outage.svg" in (SOURCE / "README.md").read_text(encoding="utf-8")
