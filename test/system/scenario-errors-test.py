#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of mistake in a scenario gives the promised error: the file, its line, a JSON pointer,
what was expected, the nearest valid name, and exit status 2."""

import json
import os
import subprocess
import unittest

CLI = os.environ["HOSTSTACK_CLI"]
FOLDER = os.path.join(os.environ["HOSTSTACK_SOURCE_DIR"], "test", "scenario")
BROKEN = os.path.join(FOLDER, "broken")

# file: (pointer, words of the message, words of what was expected, nearest)
MISTAKES = {
    "syntax": ("", "is not JSON", "JSON document", ""),
    "duplicate-key": ("", "stands twice", "each key once", ""),
    "unknown-key": ("/links/path/down/dealy", "unknown key", "delay", "delay"),
    "unknown-unit": ("/links/path/down/rate", 'unknown unit "Mbits/s"', "Mbit/s", "Mbit/s"),
    "wrong-quantity": ("/links/path/down/rate", "is a time", "unit of rate", ""),
    "no-unit": ("/links/path/up/delay", "unit in quotes", '"20 ms"', ""),
    "unknown-host": ("/links/path/ends/0", 'unknown host "cliant"', "client, server", "client"),
    "unknown-profile": ("/hosts/server/os", "unknown os profile", "linux-6.18", "linux-6.18"),
    "unknown-variant": (
        "/hosts/server/tcp/congestion",
        'unknown congestion control "cubik"',
        "cubic",
        "cubic",
    ),
    "unknown-kind": ("/traffic/download/kind", "not a known value", "bulk", "bulk"),
    "no-because": ("/expect/0", '"because" is missing', "formula or the measurement", ""),
    "unknown-metric": (
        "/expect/0/metric",
        "unknown metric",
        "list metrics",
        "traffic.download.goodput",
    ),
    "expect-unit": ("/expect/0/at_least", "is a time, not a rate", "unit of rate", ""),
    "unknown-link": ("/events/0/link", 'unknown link "pth"', "path", "path"),
    "empty-event": ("/events/0", "changes nothing", "rate", ""),
    "format-version": ("/hoststack", "not a known value", "1", ""),
    "wrong-type": ("/run/seed", "is not a whole number", "a whole number", ""),
    "missing-hosts": ("", '"hosts" is missing', "machines", ""),
    "extends-loop-a": ("/extends", "extends itself", "ends", ""),
    "extends-missing": ("/extends", "there is no file", "relative", "sound.json"),
    "in-a-layer": ("/links/path/down/queue", 'unknown unit "pakets"', "packets", "packets"),
    "unknown-behaviour": (
        "/links/path/down/behaviours/0/kind",
        "unknown link behaviour",
        "gilbert-elliott",
        "gilbert-elliott",
    ),
    "unknown-parameter": (
        "/links/path/down/behaviours/0/bad-to-god",
        "unknown key",
        "bad-to-good",
        "bad-to-good",
    ),
    "not-connected": ("/traffic/download", "no link leads", "links connect", ""),
}

# What --set says wrongly: (words of the message, nearest)
WRONG_SETS = {
    "links.pth.down.rate=1 Mbit/s": ('has no "pth"', "path"),
    "links.path.down.rat=1 Mbit/s": ("unknown key", "rate"),
    "links.path.down.rate=1 Mbits": ("unknown unit", "Mbit/s"),
    "expect.7.at_least=1 bit/s": ("has no element 7", ""),
    "run.seed": ("path=value", ""),
    "hosts.server.os=linux-6.19": ("unknown os profile", "linux-6.18"),
}


def call(*arguments):
    return subprocess.run(
        [CLI, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


class ScenarioErrors(unittest.TestCase):
    def test_each_broken_file_gives_its_error(self):
        for name, (pointer, message, expected, nearest) in MISTAKES.items():
            with self.subTest(name):
                path = os.path.join(BROKEN, name + ".json")
                for command in ("run", "validate"):
                    done = call(command, path, "--json")
                    self.assertEqual(done.returncode, 2, done.stderr)
                    issue = json.loads(done.stdout)["errors"][0]
                    file = issue["file"]
                    if name == "extends-loop-a":
                        file = file.replace("loop-b", "loop-a")
                    self.assertEqual(file, path)
                    self.assertEqual(issue["pointer"], pointer)
                    self.assertIn(message, issue["message"])
                    self.assertIn(expected, issue["expected"])
                    self.assertEqual(issue["nearest"], nearest)
                    self.assertGreater(issue["line"], 0)
                    if command == "run":
                        self.assertIn(f"{issue['file']}:{issue['line']}:", done.stderr)
                        if nearest:
                            self.assertIn(f'did you mean "{nearest}"?', done.stderr)

    def test_every_broken_file_is_in_the_table(self):
        files = {os.path.splitext(name)[0] for name in os.listdir(BROKEN)}
        self.assertEqual(files - set(MISTAKES), {"extends-loop-b", "three-mistakes"})

    def test_the_line_is_that_of_the_mistake(self):
        for name in ("unknown-key", "unknown-unit", "unknown-kind", "duplicate-key", "in-a-layer"):
            path = os.path.join(BROKEN, name + ".json")
            issue = json.loads(call("validate", path, "--json").stdout)["errors"][0]
            with open(path, encoding="utf-8") as file:
                line = file.read().splitlines()[issue["line"] - 1]
            key = issue["pointer"].rsplit("/", 1)[-1] or "name"
            self.assertEqual(line.find(f'"{key}"'), issue["column"] - 1, line)

    def test_all_mistakes_are_reported_at_once(self):
        done = call("validate", os.path.join(BROKEN, "three-mistakes.json"), "--json")
        pointers = [issue["pointer"] for issue in json.loads(done.stdout)["errors"]]
        self.assertEqual(
            pointers,
            ["/links/path/down/rate", "/links/path/up/rat", "/traffic/download/bytes"],
        )

    def test_a_wrong_set_is_an_error_that_names_it(self):
        for text, (message, nearest) in WRONG_SETS.items():
            with self.subTest(text):
                done = call("validate", os.path.join(FOLDER, "sound.json"), "--json", "--set", text)
                self.assertEqual(done.returncode, 2)
                issue = json.loads(done.stdout)["errors"][0]
                self.assertEqual(issue["file"], "--set " + text)
                self.assertIn(message, issue["message"])
                self.assertEqual(issue["nearest"], nearest)

    def test_a_wrong_call_has_status_2(self):
        for arguments in ((), ("rnu",), ("run",), ("run", "no-such-file.json"), ("list", "congesion")):
            with self.subTest(arguments):
                done = call(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertNotEqual(done.stderr, "")
        self.assertIn('did you mean "run"?', call("rnu").stderr)

    def test_the_sound_scenario_is_accepted(self):
        self.assertEqual(call("validate", os.path.join(FOLDER, "sound.json")).returncode, 0)


if __name__ == "__main__":
    unittest.main()
