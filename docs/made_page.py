# SPDX-License-Identifier: GPL-2.0-only
"""Pages made of words and of what runs give: NAME.in.md has the words, and a line `@TABLE@` in it is
replaced by the table of that name."""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

DOCS = pathlib.Path(__file__).resolve().parent
ROOT = DOCS.parent
SCENARIOS = ROOT / "scenarios"


class Simulator:
    """Runs scenarios, several at once, and hands out what they print as JSON."""

    def __init__(self, program, jobs):
        if not program.exists():
            sys.exit(f"{program} is missing; run ./hoststack build")
        self.program = program
        self.pool = concurrent.futures.ThreadPoolExecutor(jobs)

    def start(self, scenario, sets=(), seed=None, look=None):
        """A future of one run's result; absent metrics are None. \p scenario: its file, or its name
        below scenarios/. \p look is shown the folder of results, and `looked` is what it returns."""
        return self.pool.submit(self._run, scenario, list(sets), seed, look)

    def _run(self, scenario, sets, seed, look):
        path = scenario if isinstance(scenario, pathlib.Path) else SCENARIOS / f"{scenario}.json"
        with tempfile.TemporaryDirectory() as folder:
            command = [str(self.program), "run", str(path), "--json", "--out", folder]
            for item in ["output.series=false", *sets]:
                command += ["--set", item]
            if seed is not None:
                command += ["--seed", str(seed)]
            done = subprocess.run(command, capture_output=True, text=True,
                                  env={**os.environ, "HOSTSTACK_ROOT": str(ROOT)})
            if done.returncode > 1: # expectations are the scenario's own, not the variants'
                sys.exit(f"{' '.join(command)}\n{done.stderr}{done.stdout}")
            result = json.loads(done.stdout)
            if look:
                result["looked"] = look(pathlib.Path(folder))
        return result


def table(head, rows, rule="---"):
    """A Markdown table; \p rule stands below each head but the first."""
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join([rule.replace(":", "")] + [rule] * (len(head) - 1)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def fill(words, tables):
    """\p tables: text by name."""
    return re.sub(r"^@([A-Za-z-]+)@$", lambda found: tables[found[1]], words, flags=re.MULTILINE)


def main(about, page, make):
    """The command line of a page's script, whose text is \p about: writes \p page from the tables that
    make(simulator) gives by name."""
    parser = argparse.ArgumentParser(description=about,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1,
                        help="how many simulations run at once (default: one on each core)")
    built = ROOT / "build" / os.environ.get("HOSTSTACK_PRESET", "release") / "hoststack-cli"
    parser.add_argument("--program", type=pathlib.Path,
                        default=pathlib.Path(os.environ.get("HOSTSTACK_CLI", built)))
    options = parser.parse_args()
    words = page.with_suffix(".in.md").read_text(encoding="utf-8")
    text = fill(words, make(Simulator(options.program, options.jobs)))
    if not options.check:
        page.write_text(text, encoding="utf-8")
        return
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    if old != text:
        for number, (was, now) in enumerate(zip(old.splitlines(), text.splitlines()), 1):
            if was != now:
                print(f"{page}:{number}\n  is  {was}\n  not {now}", file=sys.stderr)
        sys.exit(f"{page.relative_to(ROOT)} is not up to date; run docs/{pathlib.Path(sys.argv[0]).name}")
