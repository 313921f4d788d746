#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every kind of mistake in a scenario gives the promised error: the file, its line, a JSON pointer,
what was expected, the nearest valid name, and exit status 2."""

import json
import os
import re
import subprocess
import tempfile
import unittest

CLI = os.environ["HOSTSTACK_CLI"]
SOUND = os.path.join(os.environ["HOSTSTACK_SOURCE_DIR"], "test", "scenario", "sound.json")


def layer(body):
    """A file that lies over sound.json."""
    return "^.*$", '{"extends": "sound.json", "name": "broken",\n' + body + "}"


def behaviour(body):
    return '"queue": "167 packets"', '"queue": "167 packets",\n"behaviours": [{\n' + body + "}]"


# name: ((what stands in sound.json, what stands there instead),
#        pointer, words of the message, words of what was expected, nearest)
MISTAKES = {
    "syntax": (('"10 s"', '"10 s",'), "", "is not JSON", "JSON document", ""),
    "duplicate-key": (
        ('"name": "sound"', '"name": "again",\n  "name": "sound"'),
        "", "stands twice", "each key once", "",
    ),
    "unknown-key": (
        ('"delay": "20 ms",', '"dealy": "20 ms",'),
        "/links/path/down/dealy", "unknown key", "delay", "delay",
    ),
    "unknown-unit": (
        ("50 Mbit/s", "50 Mbits/s"),
        "/links/path/down/rate", 'unknown unit "Mbits/s"', "Mbit/s", "Mbit/s",
    ),
    "wrong-quantity": (
        ("50 Mbit/s", "20 ms"), "/links/path/down/rate", "is a time", "unit of rate", "",
    ),
    "no-unit": (
        ('"20 ms",(\\s*"queue": "1000)', r"20,\1"),
        "/links/path/up/delay", "unit in quotes", '"20 ms"', "",
    ),
    "unknown-host": (
        ('"client",', '"cliant",'),
        "/links/path/ends/0", 'unknown host "cliant"', "client, server", "client",
    ),
    "unknown-profile": (
        ('linux-6.18",(\\s*"tcp")', r'linux-6.21",\1'),
        "/hosts/server/os", "unknown os profile", "linux-6.12", "linux-6.12",
    ),
    "unknown-variant": (
        ("cubic", "cubik"),
        "/hosts/server/tcp/congestion", 'unknown congestion control "cubik"', "cubic", "cubic",
    ),
    "unknown-ack-policy": (
        ('"congestion": "cubic"', '"congestion": "cubic",\n"acks": "immediat"'),
        "/hosts/server/tcp/acks", 'unknown ACK policy "immediat"', "immediate", "immediate",
    ),
    "unknown-kind": (
        ("bulk", "bluk"), "/traffic/download/kind", "not a known value", "bulk", "bulk",
    ),
    "no-because": (
        (',\\s*"because": [^\\n]*', ""),
        "/expect/0", '"because" is missing', "formula or the measurement", "",
    ),
    "unknown-metric": (
        ("download.goodput", "download.godput"),
        "/expect/0/metric", "unknown metric", "list metrics", "traffic.download.goodput",
    ),
    "expect-unit": (
        ("40 Mbit/s", "40 s"),
        "/expect/0/at_least", "is a time, not a rate", "unit of rate", "",
    ),
    "unknown-link": (
        ('"link": "path"', '"link": "pth"'),
        "/events/0/link", 'unknown link "pth"', "path", "path",
    ),
    "empty-event": (
        (',\\s*"rate": "10 Mbit/s"', ""), "/events/0", "changes nothing", "rate", "",
    ),
    "format-version": (
        ('"hoststack": 1', '"hoststack": 2'), "/hoststack", "not a known value", "1", "",
    ),
    "wrong-type": (
        ('"10 s"', '"10 s",\n    "seed": "1"'),
        "/run/seed", "is not a whole number", "a whole number", "",
    ),
    "missing-hosts": (
        ('"hosts": .*?\\n  },', ""), "", '"hosts" is missing', "machines", "",
    ),
    "extends-itself": (
        ("^.*$", '{\n"extends": "extends-itself.json", "name": "broken"}'),
        "/extends", "extends itself", "ends", "",
    ),
    "extends-missing": (
        ("^.*$", '{\n"extends": "sond.json", "name": "broken"}'),
        "/extends", "there is no file", "relative", "sound.json",
    ),
    "in-a-layer": (
        layer('"links": {"path": {"down": {\n"queue": "167 pakets"}}}'),
        "/links/path/down/queue", 'unknown unit "pakets"', "packets", "packets",
    ),
    "unknown-behaviour": (
        behaviour('"kind": "gilbert-eliott", "good-to-bad": "1 %", "bad-to-good": "30 %"'),
        "/links/path/down/behaviours/0/kind",
        "unknown link behaviour", "gilbert-elliott", "gilbert-elliott",
    ),
    "unknown-parameter": (
        behaviour('"kind": "gilbert-elliott", "good-to-bad": "1 %",\n"bad-to-god": "30 %"'),
        "/links/path/down/behaviours/0/bad-to-god", "unknown key", "bad-to-good", "bad-to-good",
    ),
    "policer-below-a-packet": (
        behaviour('"kind": "policer", "rate": "5 Mbit/s",\n"burst": "1400 B"'),
        "/links/path/down/behaviours/0/burst",
        "a packet of 1500 bytes would never pass", 'at least the link\'s mtu, "1500 B"', "",
    ),
    "not-connected": (
        ('}(\\s*},\\s*"links".*?"to": )"client"', r'}, "island": {}\1"island"'),
        "/traffic/download", "no link leads", "links connect", "",
    ),
    "too-many-connections": (
        ('"bytes"', '"connections": 30000,\n      "bytes"'),
        "/traffic/download/connections", "would open 30000", "at most 28232", "",
    ),
}

# What --set says wrongly: (words of the message, nearest)
WRONG_SETS = {
    "links.pth.down.rate=1 Mbit/s": ('has no "pth"', "path"),
    "links.path.down.rat=1 Mbit/s": ("unknown key", "rate"),
    "links.path.down.rate=1 Mbits": ("unknown unit", "Mbit/s"),
    "expect.7.at_least=1 bit/s": ("has no element 7", ""),
    "run.seed": ("path=value", ""),
    "hosts.server.os=linux-6.19": ("unknown os profile", "linux-6.12"),
}


def call(*arguments):
    return subprocess.run(
        [CLI, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


class ScenarioErrors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        with open(SOUND, encoding="utf-8") as file:
            cls.sound = file.read()
        cls.write("sound", cls.sound)

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.folder.name, name + ".json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def broken(self, name, *edits):
        """The path of a copy of sound.json with mistakes in it."""
        text = self.sound
        for old, new in edits:
            text, count = re.subn(old, new, text, count=1, flags=re.DOTALL)
            self.assertEqual(count, 1, f"sound.json has no {old}")
        return self.write(name, text)

    def test_each_mistake_gives_its_error(self):
        for name, (edit, pointer, message, expected, nearest) in MISTAKES.items():
            with self.subTest(name):
                path = self.broken(name, edit)
                for command in ("run", "validate"):
                    done = call(command, path, "--json")
                    self.assertEqual(done.returncode, 2, done.stderr)
                    issue = json.loads(done.stdout)["errors"][0]
                    self.assertEqual(issue["file"], path)
                    self.assertEqual(issue["pointer"], pointer)
                    self.assertIn(message, issue["message"])
                    self.assertIn(expected, issue["expected"])
                    self.assertEqual(issue["nearest"], nearest)
                    self.assertGreater(issue["line"], 0)
                    if command == "run":
                        self.assertIn(f"{issue['file']}:{issue['line']}:", done.stderr)
                        if nearest:
                            self.assertIn(f'did you mean "{nearest}"?', done.stderr)

    def test_a_loop_over_two_files_is_told_of_either(self):
        for name, other in (("loop-a", "loop-b"), ("loop-b", "loop-a")):
            path = self.write(name, f'{{"extends": "{other}.json", "name": "{name}"}}')
        issue = json.loads(call("validate", path, "--json").stdout)["errors"][0]
        self.assertEqual(issue["pointer"], "/extends")
        self.assertIn("extends itself", issue["message"])

    def test_the_line_is_that_of_the_mistake(self):
        for name in ("unknown-key", "unknown-unit", "unknown-kind", "duplicate-key", "in-a-layer"):
            path = self.broken(name, MISTAKES[name][0])
            issue = json.loads(call("validate", path, "--json").stdout)["errors"][0]
            with open(path, encoding="utf-8") as file:
                line = file.read().splitlines()[issue["line"] - 1]
            key = issue["pointer"].rsplit("/", 1)[-1] or "name"
            self.assertEqual(line.find(f'"{key}"'), issue["column"] - 1, line)

    def test_all_mistakes_are_reported_at_once(self):
        path = self.broken(
            "three-mistakes",
            ("50 Mbit/s", "fast"),
            ('"1000 packets"', '"1000 packets",\n        "rat": "1 bit/s"'),
            ("40 MB", "40 MiBB"),
        )
        done = call("validate", path, "--json")
        pointers = [issue["pointer"] for issue in json.loads(done.stdout)["errors"]]
        self.assertEqual(
            pointers,
            ["/links/path/down/rate", "/links/path/up/rat", "/traffic/download/bytes"],
        )

    def test_a_wrong_set_is_an_error_that_names_it(self):
        for text, (message, nearest) in WRONG_SETS.items():
            with self.subTest(text):
                done = call("validate", SOUND, "--json", "--set", text)
                self.assertEqual(done.returncode, 2)
                issue = json.loads(done.stdout)["errors"][0]
                self.assertEqual(issue["file"], "--set " + text)
                self.assertIn(message, issue["message"])
                self.assertEqual(issue["nearest"], nearest)

    def test_a_set_base_is_looked_for_where_the_program_was_called(self):
        done = call("validate", SOUND, "--json", "--set", "extends=no-such-file.json")
        self.assertEqual(done.returncode, 2)
        issue = json.loads(done.stdout)["errors"][0]
        self.assertIn("there is no file", issue["message"])
        self.assertIn("relative to where the program was called", issue["expected"])

    def test_a_wrong_call_has_status_2(self):
        for arguments in ((), ("rnu",), ("run",), ("run", "no-such-file.json"), ("list", "congesion")):
            with self.subTest(arguments):
                done = call(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertNotEqual(done.stderr, "")
        self.assertIn('did you mean "run"?', call("rnu").stderr)

    def test_the_sound_scenario_is_accepted(self):
        self.assertEqual(call("validate", SOUND).returncode, 0)


if __name__ == "__main__":
    unittest.main()
