#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The workflow and the container's recipe in docs/ci name the packages, options and folders that there are. Their
services are others'; nothing here runs them."""

import os
import pathlib
import re
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
FOLDER = SOURCE / "docs" / "ci"


class CiFiles(unittest.TestCase):
    def test_the_container_installs_what_the_front_door_would(self):
        listed = re.search(r"^packages=\(\n(.*?)^\)", (SOURCE / "hoststack").read_text(encoding="utf-8"), re.M | re.S).group(1)
        wanted = re.sub(r"#.*", "", listed).split()
        recipe = (FOLDER / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
        installed = re.search(r"--no-install-recommends ([^&]*)", recipe).group(1).split()
        self.assertGreater(len(wanted), 10)
        self.assertEqual(sorted(installed), sorted(wanted))

    def test_the_workflow_calls_the_program_with_options_that_it_has(self):
        workflow = (FOLDER / "scenarios.yml").read_text(encoding="utf-8")
        called = re.search(r"run: \./hoststack check (.*)", workflow).group(1).split()
        told = subprocess.run(["python3", "-m", "hoststack", "check", "--help"], capture_output=True, text=True, check=True, env={
            **os.environ, "PYTHONPATH": str(SOURCE / "python"), "PYTHONDONTWRITEBYTECODE": "1"}).stdout
        for option in (word for word in called if word.startswith("-")):
            self.assertIn(option, told)
        self.assertTrue((SOURCE / called[0]).is_dir())
        report = called[called.index("--junit") + 1]
        self.assertIn(f"path: {report}\n", workflow)

    def test_the_workflow_is_yaml_of_the_expected_shape(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("python3-yaml is not installed")
        workflow = yaml.safe_load((FOLDER / "scenarios.yml").read_text(encoding="utf-8"))
        steps = workflow["jobs"]["check"]["steps"]
        self.assertTrue(all(("run" in step) != ("uses" in step) for step in steps))


if __name__ == "__main__":
    unittest.main()
