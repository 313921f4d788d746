#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Throws generated mistakes at the command line. Each must end with a verdict or with an error that
says where and what (exit status 0, 1 or 2): none crashes, hangs or is "our fault" (status 3).

    mutation-test.py [--seed N] [--rounds N] [--keep DIR]

The same seed makes the same mistakes. A file that fails is kept in DIR with what was done to it."""

import argparse
import copy
import json
import os
import pathlib
import random
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "mutation"))
from mistakes import WORDS, Mistakes  # noqa: E402

CLI = os.environ["HOSTSTACK_CLI"]
SOURCES = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
SCHEMA = json.loads((SOURCES / "scenarios/schema/scenario.schema.json").read_text(encoding="utf-8"))
BATCH = 25
# A run of 60 ms takes some ms; a batch on a busy machine a hundred times as long.
PATIENCE_S = 60
MEMORY = 3 << 30
SHORT = ["--set", "run.duration=60 ms"]

PATH = {
    "ends": ["client", "server"],
    "down": {"rate": "50 Mbit/s", "delay": "5 ms", "queue": "167 packets"},
    "up": {"rate": "20 Mbit/s", "delay": "5 ms", "queue": "64 KiB"},
}
PLAIN = {
    "hoststack": 1,
    "name": "plain",
    "about": "What is changed by the mistakes.",
    "run": {"duration": "60 ms", "seed": 1},
    "hosts": {"client": {"os": "linux-6.18"}, "server": {"os": "mine", "tcp": {"congestion": "cubic"}}},
    "links": {"path": PATH},
    "traffic": {
        "download": {"kind": "bulk", "from": "server", "to": "client", "opened-by": "receiver", "bytes": "200 kB"},
        "ask": {"kind": "request-response", "from": "client", "to": "server", "response-size": "10 kB", "count": 3},
    },
    "events": [{"at": "20 ms", "link": "path", "rate": "10 Mbit/s"}, {"at": "30 ms", "traffic": "ask", "action": "stop"}],
    "expect": [{"metric": "traffic.download.goodput", "at_least": "1 Mbit/s", "because": "the link's rate"}],
}
MULTIPATH = {
    "hoststack": 1,
    "name": "multipath",
    "run": {"duration": "60 ms"},
    "hosts": {
        "client": {"os": "linux-6.18", "mptcp": {"endpoints": [{"link": "lte", "flags": ["subflow"]}, {"link": "path", "flags": ["subflow", "backup"]}]}},
        "server": {"os": "linux-6.18", "mptcp": {"scheduler": "default", "add-addr-accepted": 2}},
    },
    "links": {"path": PATH, "lte": {"ends": ["client", "server"], "preset": "mine"}},
    "traffic": {
        "upload": {"kind": "bulk", "from": "client", "to": "server", "bytes": "300 kB", "link": "path"},
        "noise": {"kind": "on-off", "from": "server", "to": "client", "rate": "1 Mbit/s", "on": "5 ms", "off": "5 ms"},
    },
    "events": [{"at": "20 ms", "host": "client", "link": "lte", "action": "remove-endpoint"}, {"at": "25 ms", "link": "path", "down": True}],
    "expect": [{"metric": "traffic.upload.subflows.lte.share", "within": {"target": "50 %", "tolerance": "100 %"}, "because": "two links"}],
}
READER = {
    "hoststack": 1,
    "name": "reader",
    "run": {"duration": "60 ms"},
    "hosts": {"client": {"stack": "ns3"}, "server": {"os": "rfc"}, "middle": {}},
    "links": {
        "a": {"ends": ["client", "middle"], "kind": "point-to-point", "down": {"rate": "50 Mbit/s", "delay": "1 ms"}, "up": {"rate": "50 Mbit/s", "delay": "1 ms"}},
        "b": {"ends": ["middle", "server"], "down": {"rate": "50 Mbit/s", "behaviours": [{"kind": "trace", "file": "good.trace"}]}, "up": {"rate": "5 Mbit/s", "loss": "1 %"}},
    },
    "traffic": {
        "slow": {"kind": "slow-reader", "from": "server", "to": "client", "connections": 2, "tcp": {"so-rcvbuf": "32 KiB"},
                 "reader": {"read-size": "10 kB", "pause": "5 ms", "start-delay": "1 ms"}},
    },
    "output": {"sample": "10 ms", "pcap": True},
}
BASES = [PLAIN, MULTIPATH, READER]
PROFILES = {
    "os": {"hoststack-profile": 1, "kind": "os", "name": "mine", "about": "x", "extends": "linux-6.6", "tcp": {"mss": "1200 B"},
           "mptcp": {"checksum": True}, "sources": {"tcp": "estimate: none", "mptcp": "estimate: none"}},
    "link": {"hoststack-profile": 1, "kind": "link", "name": "mine", "about": "x", "down": {"rate": "20 Mbit/s", "delay": "20 ms"},
             "up": {"rate": "10 Mbit/s", "delay": "20 ms"}, "sources": {"down": "estimate: none", "up": "estimate: none"}},
}


def behaviours():
    """The parameters of each link behaviour, as `list` shows them: name: {parameter: kind}."""
    done = subprocess.run([CLI, "list", "behaviours", "--json"], capture_output=True, check=True)
    found, last = {}, {}
    for line in json.loads(done.stdout)["behaviours"]:
        if line["name"].startswith(" "):
            last[line["name"].strip()] = line["about"].split(",")[0]
        else:
            last = found.setdefault(line["name"], {})
    return found


def limit():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


class Test:
    def __init__(self, options, folder):
        self.folder = folder
        self.keep = options.keep
        self.random = random.Random(options.seed)
        self.mistakes = Mistakes(self.random, SCHEMA, behaviours())
        self.failures = []
        self.statuses = {}

    def call(self, arguments, cwd, stdin=b""):
        """Exit status (None: it hangs), standard output and error."""
        try:
            done = subprocess.run([CLI, *arguments], input=stdin, capture_output=True, cwd=cwd,
                                  timeout=PATIENCE_S, preexec_fn=limit, check=False)
        except subprocess.TimeoutExpired:
            return None, b"", b"hangs"
        return done.returncode, done.stdout, done.stderr

    def judge(self, status, story, said=b""):
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if status not in (0, 1, 2):
            self.failures.append(f"status {status}: {story}\n    {said.decode(errors='replace')[:500]}")
            return False
        return True

    # --- files

    def write_surroundings(self, folder):
        for kind, profile in PROFILES.items():
            path = folder / "profiles" / kind / "mine.json"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(profile), encoding="utf-8")
        (folder / "good.trace").write_text("1\n2\n3\n7\n", encoding="utf-8")
        (folder / "bad.trace").write_text("7\nx\n", encoding="utf-8")

    def spoil(self, number):
        """A folder with one scenario that has one to three mistakes, and what they are."""
        folder = self.folder / f"case-{number}"
        folder.mkdir()
        self.write_surroundings(folder)
        document = copy.deepcopy(self.random.choice(BASES))
        document["name"] = f"{document['name']}-{number}"
        story, text = [], None
        where = self.random.random()
        if where < 0.05:
            kind = self.random.choice(sorted(PROFILES))
            profile = copy.deepcopy(PROFILES[kind])
            story.append("in the profile: " + self.random.choice(self.mistakes.kinds)(profile))
            (folder / "profiles" / kind / "mine.json").write_text(json.dumps(profile), encoding="utf-8")
        elif where < 0.08:
            content, what = self.mistakes.spoil_trace()
            story.append(what)
            (folder / "good.trace").write_text(content, encoding="utf-8")
            document = copy.deepcopy(READER)
        elif where < 0.16:
            text, what = self.mistakes.spoil_text(json.dumps(document, indent=1))
            story.append("text: " + what)
        else:
            for _ in range(self.random.choice([1, 1, 1, 2, 3])):
                story.append(self.random.choice(self.mistakes.kinds)(document))
        path = folder / "scenario.json"
        path.write_bytes(text if text is not None else
                         json.dumps(document, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return path, "; ".join(story)

    def check_files(self, numbers):
        """Simulates a batch: `check` runs each file in a process of its own."""
        cases = [self.spoil(number) for number in numbers]
        paths = [str(path) for path, _ in cases]
        status, out, err = self.call(["check", "--json", "-j", "2", *SHORT, *paths], self.folder)
        results = []
        if status is not None and out:
            results = json.loads(out)
        for index, (path, story) in enumerate(cases):
            if len(results) == len(cases):
                result = results[index]
                said = json.dumps(result.get("errors", "")).encode()
                own = result["status"]
                if own == 2 and not self.says_enough(result["errors"]):
                    own, said = -2, b"an error without a place or a word: " + said
            else:
                own, _, said = self.call(["check", "--json", *SHORT, str(path)], self.folder)
            if not self.judge(own, f"{path.parent.name}: {story}", said) and self.keep:
                target = pathlib.Path(self.keep) / f"{path.parent.name}.json"
                target.write_bytes(path.read_bytes())

    @staticmethod
    def says_enough(errors):
        return bool(errors) and all(issue["message"] and (issue["file"] or issue["pointer"]) for issue in errors)

    def validate_files(self, numbers):
        """As they are, with their own durations."""
        cases = [self.spoil(number) for number in numbers]
        for path, story in cases:
            status, _, err = self.call(["validate", "--json", "-q", str(path)], self.folder)
            self.judge(status, f"validate {path.parent.name}: {story}", err)

    # --- calls

    def text(self):
        pick = self.random.choice
        path = pick([
            "run.seed", "run", "hosts.client.os", "links.path.preset", "hosts.x.os", "links.path.down.rate", "expect.0",
            "expect.0.at_least", "expect.9", "events.0.at", "extends", "hosts", "hosts.client", "name", "$schema", "resolved",
            "/run/seed", "/", "//", "/run/~1", "/run/~5", "~", ".", "..", "a..b", "", "hosts.client.tcp.mss", "a." * 70 + "a",
            "links.path.down.behaviours", "traffic.download", "output.pcap",
        ])
        value = pick([
            "null", "1", "-1", "1e400", "{}", "[]", "{", '"', '"x"', "x", "", "true", "[" * 100 + "]" * 100, "1 Mbit/s", "0 B",
            "scenario.json", "none.json", '{"a": null}', "mine", "a\\b", "ä", "\udcff",
        ])
        return pick([path, path + "=", "=" + value] + [path + "=" + value] * 12)

    def arguments(self):
        pick = self.random.choice
        command = pick(["run"] * 6 + ["check", "validate", "list", "version", "help", "rnu", "", "--version", "-V", "--help", "--x"])
        extra = []
        for _ in range(pick([0, 1, 1, 2, 3])):
            extra += pick([
                ["--set", self.text()], ["--set", self.text()], ["--set", self.text()], ["--set=" + self.text()],
                ["--seed", pick(["0", "1", "-1", "x", "", "1e400", "18446744073709551616", "9007199254740992", "1.5"])],
                ["--out", pick(["", "out", "/dev/null", "/proc/x", "scenario.json", "a" * 300, "out/../out", "."])],
                ["--out"], ["--json"], ["-q"], ["--pcap"], ["-j", pick(["0", "1", "-1", "x", "1025", "99999999999"])],
                ["--kernel", "x"], ["--" + pick(WORDS)], ["-x"], ["--set"],
            ])
        files = pick([["scenario.json"]] * 8 + [[], ["-"], ["none"], ["."], ["/dev/null"], ["/dev/zero"], ["profiles"], [""],
                     ["scenario.json", "scenario.json"], ["good.trace"], ["pipe"], ["x" * 5000]])
        parts = files + extra if self.random.random() < 0.5 else extra + files
        return [argument.replace("\0", "") for argument in [command, *parts]]

    def check_bases(self):
        """Without a mistake all is well; else the mistakes would find nothing."""
        folder = self.folder / "bases"
        folder.mkdir()
        self.write_surroundings(folder)
        for base in BASES:
            path = folder / "scenario.json"
            path.write_text(json.dumps(base), encoding="utf-8")
            status, out, err = self.call(["check", "scenario.json"], folder)
            if status != 0:
                sys.exit(f"{base['name']} is no sound beginning: {out + err}")

    def make_calls(self, count):
        folder = self.folder / "calls"
        folder.mkdir()
        self.write_surroundings(folder)
        os.mkfifo(folder / "pipe")
        for _ in range(count):
            base = copy.deepcopy(self.random.choice(BASES))
            (folder / "scenario.json").write_text(json.dumps(base), encoding="utf-8")
            arguments = self.arguments()
            stdin = self.random.choice([b"", json.dumps(base).encode(), b"\0\0", b"{"])
            status, out, err = self.call(arguments, folder, stdin)
            good = self.judge(status, f"call {arguments}", err)
            if good and status == 2 and not err and not out:
                self.failures.append(f"status 2 without a word: {arguments}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=int(os.environ.get("HOSTSTACK_SEED", "1")))
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("HOSTSTACK_ROUNDS", "1000")))
    parser.add_argument("--keep")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hs-mutation-") as folder:
        test = Test(options, pathlib.Path(folder))
        test.check_bases()
        calls = options.rounds // 5
        validated = options.rounds // 10
        files = options.rounds - calls - validated
        for first in range(0, files, BATCH):
            test.check_files(range(first, min(first + BATCH, files)))
        test.validate_files(range(files, files + validated))
        test.make_calls(calls)
    shown = ", ".join(f"{count} with status {status}" for status, count in sorted(test.statuses.items(), key=str))
    print(f"seed {options.seed}, {options.rounds} mistakes: {shown}")
    for failure in test.failures[:50]:
        print(failure)
    # A generator whose mistakes are all refused at the door, or none, finds nothing.
    met = test.statuses.get(0, 0) + test.statuses.get(1, 0)
    wrong = test.statuses.get(2, 0)
    if min(met, wrong) < options.rounds / 10:
        sys.exit("the mistakes are all of one sort")
    sys.exit(1 if test.failures else 0)


if __name__ == "__main__":
    main()
