#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""make-site.py FOLDER [--program P] [--run]: the documentation as web pages.

Puts pages, notebooks and generated references below FOLDER/source and has Sphinx make FOLDER/html of them;
a warning is an error. Needs Debian's python3-sphinx, python3-myst-parser, furo, python3-nbconvert, numpy
and pandas. Status 77: one of them is not there.

--program  hoststack's program, which lists the metrics
--run      run the claims' scenarios and the notebooks, so that the pages have their figures and pictures
           (half a minute and three; needs the built package, python3-ipykernel and matplotlib)
"""

import argparse
import importlib.util
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
NEEDED = {"sphinx": "python3-sphinx", "myst_parser": "python3-myst-parser", "furo": "furo", "nbconvert": "python3-nbconvert",
          "numpy": "python3-numpy", "pandas": "python3-pandas"}
# Folders of scenarios that put to the test what somebody has said, and what their pages call it.
CLAIMS = (("claims", "Reports on the OpenMPTCProuter boxes"), ("reports", "Field reports of dispatch"),
          ("field", "Field reports: sets of links"), ("mptcp/issues", "Issues of Linux' MPTCP and of OpenMPTCProuter"))
MODULES = ("hoststack", "hoststack.variants", "hoststack.cores", "hoststack.captures", "hoststack.plots",
           "hoststack.report")


def cell(text):
    return re.sub(r"\s+", " ", str(text)).replace("|", "\\|").replace("<", "&lt;")


def expected(expectation):
    """What an expectation says, in the words of its file."""
    def said(value):
        return f"{value['tolerance']} of {value['target']}" if isinstance(value, dict) and "tolerance" in value else value

    words = [f"{key.replace('_', ' ')} {said(value)}" for key, value in expectation.items()
             if key not in ("metric", "because") and not key.startswith("known-miss")]
    return ", ".join(words)


def figures_of(results, scenario):
    """Of each of a scenario's expectations what `check --out` wrote; without results, nothing."""
    wanted = scenario.get("expect", [])
    if not results:
        return [None] * len(wanted)
    told = json.loads((results / scenario["name"] / "summary.json").read_text(encoding="utf-8"))["expectations"]
    if [one["metric"] for one in told] != [one["metric"] for one in wanted]:
        sys.exit(f"{scenario['name']}: the results are not those of this scenario")
    return told


def number_format():
    """How the report writes numbers. Loaded by its file: the package itself need not be built."""
    spec = importlib.util.spec_from_file_location("told", ROOT / "python" / "hoststack" / "report" / "_format.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.told


def claim(path, scenario, figures):
    """A scenario's part of the page, and how many of its expectations are met and not confirmed."""
    told = number_format()
    said = "; ".join(scenario.get("sources", []))
    lines = [f"### {path.stem}", "", f"{scenario.get('about', '')} [The scenario](../{path.relative_to(ROOT)})", ""]
    lines += [f"Source: {said}", ""] if said else []
    heads = ["metric", "expected", *(["figure"] if any(figures) else []), "verdict"]
    lines += ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    missed = [one for one in scenario["expect"] if one.get("known-miss")]
    for one, figure in zip(scenario["expect"], figures):
        cells = [f"`{one['metric']}`", cell(expected(one))]
        if figure:
            cells.append(cell(told(figure["measured"], figure["unit"])))
        met = figure["met"] if figure else not one.get("known-miss")
        lines.append("| " + " | ".join([*cells, "met" if met else "not confirmed"]) + " |")
    lines += ["", *[f"Not confirmed, `{one['metric']}`: {one['known-miss']}.\n" for one in missed]]
    return lines, len(scenario["expect"]) - len(missed), len(missed)


def claims_page(results):
    met = missed = 0
    body = []
    for folder, title in CLAIMS:
        body += [f"## {title}", ""]
        for path in sorted((ROOT / "scenarios" / folder).glob("*.json")):
            scenario = json.loads(path.read_text(encoding="utf-8"))
            if scenario.get("expect"):
                lines, these_met, these_missed = claim(path, scenario, figures_of(results, scenario))
                body += lines
                met, missed = met + these_met, missed + these_missed
    return "\n".join(["# Claims", "",
                      "What was said of real systems, put to the test: one scenario each. The tests of the project hold every verdict here. *Not confirmed* is",
                      "`known-miss` in the scenario: the model does not show what was reported, and the reason stands below the table.", "",
                      f"Of {met + missed} expectations {met} are met and {missed} are not confirmed.", "", *body])


def metrics_page(program):
    lines = ["# Metrics", "", "What a run yields and an expectation may name. `*` stands for the name of a host, link or traffic.", ""]
    if program:
        told = subprocess.run([program, "list", "metrics", "--json"], check=True, capture_output=True, text=True).stdout
        rows = json.loads(told)
        rows = rows if isinstance(rows, list) else next(iter(rows.values()))
        lines += ["| metric | [unit] and what it is |", "|---|---|"]
        lines += [f"| `{row['name']}` | {cell(row['about'])} |" for row in rows]
    else:
        lines += ["`./hoststack list metrics` prints them."]
    return "\n".join(lines) + "\n"


def python_page():
    lines = ["# Python reference", ""]
    for module in MODULES:
        members = ":members:\n:imported-members:" if module in ("hoststack.cores", "hoststack.plots") else ":members:"
        lines += [f"## {module}", "", "```{eval-rst}", f".. automodule:: {module}",
                  *("   " + line for line in members.split("\n")), "```", ""]
    return "\n".join(lines)


def plain(text):
    """Links to folders become text: a web page has no folder to show."""
    return re.sub(r"\[([^\]]+)\]\(([^)\s:]+/)\)", r"\1", text)


def run_claims(program, folder):
    """Results of the claims' scenarios. A claim that is not met is a mistake somewhere else: the page says it."""
    done = subprocess.run([program, "check", "-q", "--out", folder, *(ROOT / "scenarios" / one for one, _ in CLAIMS)], check=False)
    if done.returncode not in (0, 1):
        sys.exit("the claims' scenarios could not be run")
    return folder


def convert_notebooks(folder, execute):
    books = sorted((ROOT / "python" / "notebooks").glob("*.ipynb"))
    subprocess.run([sys.executable, "-m", "nbconvert", "--log-level", "WARN", "--to", "markdown", "--output-dir", folder,
                    *(["--execute"] if execute else []), *books], check=True, env={**os.environ, "PYDEVD_DISABLE_FILE_VALIDATION": "1"})
    for page in folder.glob("*.md"):
        text = page.read_text(encoding="utf-8").replace(".ipynb)", ".md)").replace("../../docs/", "../docs/")
        text = text.replace('<table border="1" class="dataframe">', '<table class="docutils">')
        page.write_text(plain(re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.S)), encoding="utf-8")


def assemble(source, arguments):
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    for name in ("conf.py", "index.md"):
        shutil.copy(ROOT / "docs" / "site" / name, source / name)
    for page in [ROOT / "CHANGES.md", *(ROOT / "docs").rglob("*.md")]:
        if page.name.endswith(".in.md") or "site" in page.relative_to(ROOT).parts:
            continue
        target = source / page.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(plain(page.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(ROOT / "docs" / "pictures", source / "docs" / "pictures")
    shutil.copytree(ROOT / "docs" / "ci", source / "docs" / "ci")
    (source / "scenarios").symlink_to(ROOT / "scenarios")
    (source / "reference").mkdir()
    results = run_claims(arguments.program, arguments.folder.resolve() / "results") if arguments.run else None
    for name, text in (("claims", claims_page(results)), ("metrics", metrics_page(arguments.program)), ("python", python_page())):
        (source / "reference" / f"{name}.md").write_text(text, encoding="utf-8")
    convert_notebooks(source / "notebooks", arguments.run)


def complete_theme(static):
    """Debian's furo leaves to a web server what pages that are opened as files do not find: a style sheet in /javascript, and a
    module that its script imports."""
    style = static / "styles" / "furo.css"
    text = style.read_text(encoding="utf-8")
    place = "/javascript/normalize.css/normalize.css"
    if place in text:
        shutil.copy(f"/usr/share{place}", static / "styles" / "normalize.css")
        style.write_text(text.replace(place, "normalize.css"), encoding="utf-8")
    script = static / "scripts" / "furo.js"
    text = script.read_text(encoding="utf-8")
    found = re.match(r'import Gumshoe from "\./(gumshoe-patched\.js)";\n', text)
    if found:
        module = (static / "scripts" / found.group(1)).read_text(encoding="utf-8")
        script.write_text(module + text[found.end():], encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--program")
    parser.add_argument("--run", action="store_true")
    arguments = parser.parse_args()
    if arguments.run and not arguments.program:
        parser.error("--run needs --program")
    missing = [package for module, package in NEEDED.items() if importlib.util.find_spec(module) is None]
    if missing:
        print("skipped: not installed:", " ".join(missing))
        return 77
    source = arguments.folder.resolve() / "source"
    assemble(source, arguments)
    version = (ROOT / "VERSION").read_text(encoding="utf-8").split()[0]
    status = subprocess.run(
        [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", source, arguments.folder / "html"],
        env={**os.environ, "HOSTSTACK_VERSION": version, "HOSTSTACK_PACKAGE": str(ROOT / "python"), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False).returncode
    if status == 0:
        complete_theme(arguments.folder / "html" / "_static")
    return status


if __name__ == "__main__":
    sys.exit(main())
