#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The examples of the user guide and of the README work as they say."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import tempfile
import unittest

CLI = os.environ["HOSTSTACK_CLI"]
ROOT = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
GUIDE = (ROOT / "docs" / "user-guide.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language, page=GUIDE):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    return [text for word, text in fenced if word == language]


class UserGuide(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="hs-guide-")
        self.addCleanup(holder.cleanup)
        self.folder = pathlib.Path(holder.name)
        self.scenario = blocks("json")[0]
        (self.folder / "x.json").write_text(self.scenario)
        (self.folder / "scenarios").symlink_to(ROOT / "scenarios")

    def call(self, *arguments):
        return subprocess.run([CLI, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=300, check=False)

    def test_the_scenario_meets_what_it_expects_and_its_event_has_an_effect(self):
        done = self.call("run", "x.json", "--json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        summary = json.loads(done.stdout)
        self.assertEqual(summary["notes"], [])
        results = self.folder / "results" / "x55-download"
        files = json.loads((results / "manifest.json").read_text())["files"]
        self.assertEqual(sorted(path.name for path in results.iterdir()), files)
        for name in files:
            self.assertIn(f"`{name}`", GUIDE)

    def test_the_first_command_of_the_readme_prints_what_it_shows(self):
        command = shlex.split(blocks("sh", README)[0].splitlines()[0])
        self.assertEqual(command[:2], ["./hoststack", "run"])
        done = self.call("run", str(ROOT / command[2]))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(blocks("text", README)[0], done.stdout)
        name = pathlib.Path(command[2]).stem
        files = json.loads((self.folder / "results" / name / "manifest.json").read_text())["files"]
        for file in files:
            self.assertIn(f"`{file}`", README)

    def test_its_calls_are_right(self):
        calls = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("./hoststack")]
        self.assertTrue(calls)
        for line in calls:
            arguments = shlex.split(line)[1:]
            # The guide's own scenario has nothing that begins late.
            shorter = ["--set", "run.duration=3 s"] if "x.json" in arguments else []
            done = self.call(*arguments, *shorter)
            self.assertIn(done.returncode, (0, 1), line + done.stderr)

    def test_the_error_is_the_one_that_it_shows(self):
        shown = next(block for block in blocks("") if "did you mean" in block).splitlines()
        wrong = self.scenario.replace("50 Mbit/s", "50 Mbits/s")
        (self.folder / "x.json").write_text(wrong)
        said = self.call("validate", "x.json").stderr.splitlines()
        self.assertEqual(said[0].split(": ", 2)[2], shown[0].split(": ", 2)[2])
        self.assertEqual(said[2], shown[2])


if __name__ == "__main__":
    unittest.main()
