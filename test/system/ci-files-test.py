#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The workflow and the container's recipe in docs/ci name the packages, options and folders that there are, and the
workflow's own commands do what it says. Their services are others'; nothing here runs them."""

import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ET

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

    def test_the_commands_of_the_workflow_make_baselines_and_hold_them(self):
        workflow = (FOLDER / "scenarios.yml").read_text(encoding="utf-8")
        check = re.search(r"run: \./hoststack (check .*)", workflow).group(1).split()
        make = re.search(r"# \./hoststack (check .*--update)", workflow).group(1).split()
        with tempfile.TemporaryDirectory() as folder:
            scenario = {"hoststack": 1, "name": "small", "run": {"duration": "1 s"}, "hosts": {"a": {}, "b": {}},
                        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "9 Mbit/s"}, "up": {"rate": "9 Mbit/s"}}},
                        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b", "bytes": "20 kB"}}}
            (pathlib.Path(folder) / "scenarios").mkdir()
            (pathlib.Path(folder) / "scenarios" / "small.json").write_text(json.dumps(scenario), encoding="utf-8")

            def call(words):
                return subprocess.run(["python3", "-m", "hoststack", *words], check=False, cwd=folder, capture_output=True, text=True, env={
                    **os.environ, "PYTHONPATH": str(SOURCE / "python"), "PYTHONDONTWRITEBYTECODE": "1"})

            without = call(check)
            self.assertEqual(without.returncode, 1, without.stdout + without.stderr)
            self.assertIn("--update makes it", without.stdout)
            self.assertEqual(call(make).returncode, 0)
            held = call(check)
            self.assertEqual(held.returncode, 0, held.stdout + held.stderr)
            suite = ET.parse(pathlib.Path(folder) / check[check.index("--junit") + 1]).getroot()[0]
            self.assertEqual([c.get("name") for c in suite.iter("testcase")], ["runs", "results are those of the baseline"])

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
