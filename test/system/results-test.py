#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Results appear whole or not at all, whatever ends a run; and what cannot be written is told."""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import unittest

CLI = os.environ["HOSTSTACK_CLI"]
SOUND = os.path.join(os.environ["HOSTSTACK_SOURCE_DIR"], "test", "scenario", "sound.json")
# Nobody waits for its end.
ENDLESS = ["--set", "run.duration=900 h", "--set", "traffic.download.bytes=null"]
SHORT = ["--set", "run.duration=50 ms", "--set", "events=null", "--set", "expect=null"]
FILES = [
    "columns.json",
    "connections.csv",
    "events.csv",
    "manifest.json",
    "scenario.resolved.json",
    "series.csv",
    "summary.json",
]
PATIENCE_S = 60


def await_true(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)


def children(pid):
    path = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Results(unittest.TestCase):
    def setUp(self):
        self.holder = tempfile.TemporaryDirectory(prefix="hs-results-")
        self.folder = pathlib.Path(self.holder.name)
        self.addCleanup(self.holder.cleanup)

    def start(self, command, *arguments):
        process = subprocess.Popen([CLI, command, SOUND, *arguments], cwd=self.folder, text=True,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        return process

    def start_endless(self, command="run", *arguments):
        process = self.start(command, *ENDLESS, *arguments)
        part = self.folder / "results" / ".sound.part" / "series.csv"
        await_true(part.exists)
        return process

    def call(self, *arguments, **options):
        return subprocess.run([CLI, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False, **options)

    def run_short(self, *arguments):
        done = self.call("run", SOUND, *SHORT, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return self.folder / "results" / "sound"

    def content(self):
        results = self.folder / "results" / "sound"
        return {path.name: path.read_bytes() for path in results.iterdir()}

    def test_interruption_leaves_what_was_there_and_says_so(self):
        self.run_short()
        before = self.content()
        self.assertEqual(sorted(before), FILES)
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.start_endless()
            workers = children(process.pid)
            process.send_signal(number)
            _, said = process.communicate(timeout=PATIENCE_S)
            self.assertEqual(process.returncode, -number)
            self.assertIn("none of its results were written", said)
            self.assertIn("is as it was before", said)
            self.assertEqual(self.content(), before)
            self.assertEqual(os.listdir(self.folder / "results"), ["sound"])
            self.assertTrue(workers)
            await_true(lambda: not any(map(is_alive, workers)))

    def test_a_killed_run_leaves_no_half_results_and_the_next_one_cleans_up(self):
        self.run_short()
        before = self.content()
        process = self.start_endless()
        workers = children(process.pid)
        process.kill()
        process.wait()
        await_true(lambda: not any(map(is_alive, workers)))
        self.assertEqual(self.content(), before)
        self.run_short("--seed", "2")
        self.assertEqual(os.listdir(self.folder / "results"), ["sound"])
        self.assertEqual(json.loads(self.content()["summary.json"])["seed"], 2)

    def test_a_killed_check_takes_its_workers_along(self):
        process = self.start("check", *ENDLESS)
        await_true(lambda: children(process.pid))
        workers = children(process.pid)
        process.kill()
        process.wait()
        await_true(lambda: not any(map(is_alive, workers)))

    def test_a_second_run_into_the_same_folder_is_refused(self):
        process = self.start_endless()
        done = self.call("run", SOUND, *SHORT)
        self.assertEqual(done.returncode, 2)
        self.assertIn("another run is writing there", done.stderr)
        self.assertEqual(self.call("run", SOUND, *SHORT, "--out", "other").returncode, 0)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
        self.run_short()

    def test_a_crash_is_our_fault_and_names_the_scenario(self):
        process = self.start_endless("run", "--json")
        os.kill(children(process.pid)[0], signal.SIGSEGV)
        out, said = process.communicate(timeout=PATIENCE_S)
        self.assertEqual(process.returncode, 3)
        self.assertIn(SOUND, said)
        self.assertIn("Segmentation fault", said)
        self.assertIn("crashed", json.loads(out)["errors"][0]["message"])
        self.assertEqual(os.listdir(self.folder / "results"), [])

    def test_what_cannot_be_written_is_a_wrong_call(self):
        with open("/dev/full", "w", encoding="ascii") as full:
            for arguments in (["run", SOUND, *SHORT, "--json"], ["check", SOUND, *SHORT, "--json"],
                              ["validate", SOUND], ["list"], ["--version"], ["--help"]):
                done = subprocess.run([CLI, *arguments], cwd=self.folder, stdout=full, text=True,
                                      stderr=subprocess.PIPE, timeout=PATIENCE_S, check=False)
                self.assertEqual(done.returncode, 2, arguments)
                self.assertIn("cannot write to standard output", done.stderr)
        done = subprocess.run(f"'{CLI}' run '{SOUND}' {' '.join(repr(a) for a in SHORT)} --json >&-",
                              shell=True, cwd=self.folder, stderr=subprocess.PIPE, timeout=PATIENCE_S,
                              check=False)
        self.assertEqual(done.returncode, 2)
        for out in ("", "/dev/null", "/proc/none"):
            self.assertEqual(self.call("run", SOUND, *SHORT, "--out", out).returncode, 2, out)

    def test_a_full_disk_is_told_and_leaves_nothing(self):
        mount = f"mount -t tmpfs -o size=64k none '{self.folder}'"
        command = f"{mount} && cd '{self.folder}' && '{CLI}' run '{SOUND}' --pcap; s=$?; ls -A results; exit $s"
        done = subprocess.run(["unshare", "-rm", "sh", "-c", command], capture_output=True, text=True,
                              timeout=PATIENCE_S, check=False)
        if "unshare" in done.stderr or "mount" in done.stderr:
            self.skipTest("no mount namespaces")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("No space left on device", done.stderr)
        self.assertNotIn("part", done.stdout)

    def test_the_resolved_scenario_runs_again_with_the_same_results(self):
        (self.folder / "profiles" / "os").mkdir(parents=True)
        (self.folder / "profiles" / "os" / "mine.json").write_text(json.dumps({
            "hoststack-profile": 1, "kind": "os", "name": "mine", "about": "x", "extends": "rfc",
            "tcp": {"mss": "700 B"}, "sources": {"tcp.mss": "estimate"}}))
        (self.folder / "a.trace").write_text("1\n2\n")
        document = json.loads(pathlib.Path(SOUND).read_text())
        document["hosts"]["server"] = {"os": "mine", "tcp": {"congestion": None}}
        document["links"]["path"]["down"] = {"behaviours": [{"kind": "trace", "file": "a.trace"}]}
        del document["events"], document["expect"]
        (self.folder / "mine.json").write_text(json.dumps(document))
        done = self.call("run", "mine.json", "--set", "run.duration=1 s")
        self.assertEqual(done.returncode, 0, done.stderr)
        resolved = self.folder / "results" / "sound" / "scenario.resolved.json"
        away = self.folder / "away"
        away.mkdir()
        (self.folder / "results").rename(away / "old")
        (self.folder / "a.trace").unlink()
        again = self.call("run", "away/old/sound/scenario.resolved.json")
        self.assertEqual(again.returncode, 0, again.stderr)
        for name in ("summary.json", "series.csv", "scenario.resolved.json"):
            self.assertEqual((away / "old" / "sound" / name).read_bytes(), resolved.with_name(name).read_bytes())
        digest = json.loads(resolved.with_name("manifest.json").read_text())["scenario-sha256"]
        (self.folder / "a.trace").write_text("1\n3\n")
        self.assertEqual(self.call("run", "mine.json", "--set", "run.duration=1 s").returncode, 0)
        other = json.loads(resolved.with_name("manifest.json").read_text())["scenario-sha256"]
        self.assertNotEqual(digest, other)

    def test_results_are_no_scenarios(self):
        self.run_short()
        (self.folder / "package.json").write_text('{"name": "x"}')
        done = self.call("check", ".")
        self.assertEqual(done.returncode, 2)
        self.assertIn("holds no scenario", done.stderr)
        (self.folder / "mine.json").write_text(pathlib.Path(SOUND).read_text())
        done = self.call("check", ".", *SHORT)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("1 scenarios", done.stdout)

    def test_several_files_make_one_document(self):
        other = self.folder / "other.json"
        other.write_text(re.sub('"sound"', '"other"', pathlib.Path(SOUND).read_text()))
        done = self.call("run", SOUND, str(other), "none.json", *SHORT, "--json")
        self.assertEqual(done.returncode, 2)
        entries = json.loads(done.stdout)
        self.assertEqual([entry["status"] for entry in entries], [0, 0, 2])
        self.assertEqual([entry.get("name") for entry in entries], ["sound", "other", None])

    def test_a_dash_is_standard_input(self):
        text = pathlib.Path(SOUND).read_text()
        for command in (["run", "-", *SHORT], ["check", "-", *SHORT], ["validate", "-"]):
            done = self.call(*command, input=text)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.call("validate", "-", input="{").returncode, 2)


if __name__ == "__main__":
    unittest.main()
