#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The documentation becomes web pages without a warning, with all that is generated in it."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
PYTHON = "/usr/bin/python3"


class Site(unittest.TestCase):
    def test_pages_are_made_without_a_warning_and_hold_the_generated_references(self):
        html = FOLDER / "html"
        for page, text in (("docs/user-guide", "scenario"), ("reference/claims", "not confirmed"), ("reference/metrics", "goodput"),
                           ("reference/python", "ReceiveOffload"), ("notebooks/1-first-steps", "hoststack"), ("docs/faq", "Questions")):
            self.assertIn(text, (html / f"{page}.html").read_text(encoding="utf-8"), page)

    def test_each_page_of_the_sources_is_there(self):
        html = FOLDER / "html"
        pages = [p.relative_to(SOURCE) for p in (SOURCE / "docs").rglob("*.md")
                 if not p.name.endswith(".in.md") and "site" not in p.parts]
        self.assertGreater(len(pages), 30)
        self.assertEqual([str(p) for p in pages if not (html / p.with_suffix(".html")).is_file()], [])

    def test_pages_that_are_opened_as_files_find_their_theme(self):
        static = FOLDER / "html" / "_static"
        for style in static.rglob("*.css"):
            for place in re.findall(r"url\(([^)]*)\)", style.read_text(encoding="utf-8")):
                place = place.strip("'\"")
                self.assertTrue(place.startswith("data:") or (style.parent / place.split("?")[0].split("#")[0]).exists(), f"{style.name}: {place}")
        script = (static / "scripts" / "furo.js").read_text(encoding="utf-8")
        self.assertNotRegex(script, re.compile("^import ", re.M))
        self.assertIn("root.Gumshoe = factory", script)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        FOLDER = pathlib.Path(folder)
        done = subprocess.run([PYTHON, SOURCE / "docs" / "make-site.py", folder, "--program", os.environ["HOSTSTACK_CLI"]],
                              capture_output=True, text=True, check=False)
        if done.returncode == 77:
            print(done.stdout)
            sys.exit(77)
        if done.returncode != 0:
            print(done.stdout + done.stderr)
            sys.exit(1)
        unittest.main()
