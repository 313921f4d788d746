# SPDX-License-Identifier: GPL-2.0-only
"""What `cmake --install` and pip put somewhere: command, library, package, data, manual; each found without
the source tree."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

BUILD = os.environ["HOSTSTACK_BUILD_DIR"]
SOURCE = os.environ["HOSTSTACK_SOURCE_DIR"]

PROGRAM = """
import json, pathlib, hoststack
from hoststack._native import core
package = pathlib.Path(hoststack.__file__).parent
assert str(package).startswith({prefix!r}), package
assert core.scenarios_folder() == str(package / "data" / "scenarios"), core.scenarios_folder()
run = hoststack.run(package / "data" / "scenarios" / "links" / "x55-download.json",
                    {{"run.duration": "1 s"}})
print(json.dumps(run["traffic.download.bytes"]))
"""


def bytes_received(interpreter, prefix, **environment):
    clean = {k: v for k, v in os.environ.items()
             if k not in ("PYTHONPATH", "HOSTSTACK_SCENARIOS", "HOSTSTACK_ROOT")}
    done = subprocess.run([interpreter, "-c", PROGRAM.format(prefix=str(prefix))], check=False,
                          env={**clean, **environment}, cwd=prefix, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


def test_cmake_installs_a_package_that_runs(tmp_path):
    subprocess.run(["cmake", "--install", BUILD, "--component", "python", "--prefix", tmp_path],
                   check=True, capture_output=True)
    folders = [f for f in tmp_path.glob("lib/python3*/*-packages")]
    assert len(folders) == 1
    assert bytes_received(sys.executable, tmp_path, PYTHONPATH=str(folders[0])) > 1e6


def test_pip_installs_a_package_that_runs_into_a_venv(tmp_path):
    pytest.importorskip("venv", reason="python3-venv is not installed")
    pytest.importorskip("wheel", reason="python3-wheel is not installed")
    if os.path.realpath(BUILD) != os.path.realpath(os.path.join(SOURCE, "build", "release")):
        pytest.skip("pip builds in build/release")
    made = subprocess.run([sys.executable, "-m", "venv", "--system-site-packages", tmp_path / "v"],
                          check=False, capture_output=True, text=True)
    if made.returncode != 0:
        pytest.skip(f"no virtual environment can be made: {made.stdout}")
    before = set(os.listdir(os.path.join(SOURCE, "python")))
    (tmp_path / "scratch").mkdir()
    done = subprocess.run([tmp_path / "v" / "bin" / "pip", "install", "--no-build-isolation",
                           "--no-index", "--no-deps", os.path.join(SOURCE, "python")],
                          check=False, capture_output=True, text=True, env={**os.environ, "TMPDIR": str(tmp_path / "scratch")})
    assert done.returncode == 0, done.stdout + done.stderr
    assert bytes_received(tmp_path / "v" / "bin" / "python", tmp_path) > 1e6
    assert set(os.listdir(os.path.join(SOURCE, "python"))) == before
    assert os.listdir(tmp_path / "scratch") == []


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A prefix with everything in it, moved after it was installed."""
    if not os.path.exists(os.path.join(BUILD, "libhoststack.so")):
        pytest.skip("hoststack-shared and hoststack-scenario-shared are not built")
    made = tmp_path_factory.mktemp("made") / "prefix"
    subprocess.run(["cmake", "--install", BUILD, "--prefix", made], check=True, capture_output=True)
    return made.rename(tmp_path_factory.mktemp("moved") / "prefix")


def call(*words, **more):
    clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH" and not k.startswith("HOSTSTACK_")}
    return subprocess.run([str(w) for w in words], check=False, capture_output=True, text=True,
                          env={**clean, **more.pop("env", {})}, **more)


def test_the_installed_command_runs_with_the_installed_data(installed, tmp_path):
    scenarios = installed / "share" / "hoststack" / "scenarios"
    profile = scenarios / "profiles" / "link" / "x55-nsa-good.json"
    changed = json.loads(profile.read_text(encoding="utf-8"))
    changed["down"]["rate"] = "12 Mbit/s"
    kept = profile.read_text(encoding="utf-8")
    profile.write_text(json.dumps(changed), encoding="utf-8")
    done = call(installed / "bin" / "hoststack", "run", "--json", "--set", 'run.duration="1 s"', "--out", tmp_path,
                scenarios / "links" / "x55-download.json")
    profile.write_text(kept, encoding="utf-8")
    assert done.returncode in (0, 1), done.stderr
    resolved = json.loads((tmp_path / "x55-download" / "scenario.resolved.json").read_text(encoding="utf-8"))
    assert resolved["links"]["x55"]["down"]["rate"] == "12 Mbit/s"
    manifest = json.loads((tmp_path / "x55-download" / "manifest.json").read_text(encoding="utf-8"))
    head = call("git", "-C", SOURCE, "rev-parse", "HEAD").stdout.strip()
    assert manifest["commit"] == (head or None), "results name the commit that was installed"
    (installed / "share" / "hoststack" / "commit").unlink()
    assert head[:7] not in call(installed / "bin" / "hoststack", "version").stdout or not head


def test_the_installed_command_finds_the_package(installed, tmp_path):
    command = installed / "bin" / "hoststack"
    said = call(command, "python", "-c", "import hoststack; print(hoststack.__file__)", cwd=tmp_path)
    assert said.stdout.startswith(str(installed)), said.stdout + said.stderr
    scenario = installed / "share" / "hoststack" / "scenarios" / "links" / "x55-download.json"
    done = call(command, "check", scenario, "--junit", tmp_path / "junit.xml")
    assert done.returncode == 0 and (tmp_path / "junit.xml").read_text(encoding="utf-8").startswith("<?xml"), done.stderr
    alone = call("/bin/sh", "-c", f"cp -r {installed}/bin {installed}/libexec {tmp_path} && {tmp_path}/bin/hoststack sweep x")
    assert alone.returncode == 2 and "needs the Python package" in alone.stderr


FOREIGN = """
cmake_minimum_required(VERSION 3.13)
project(foreign LANGUAGES CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(hoststack {version} EXACT REQUIRED)
add_executable(runs runs.cc)
target_link_libraries(runs PRIVATE hoststack::hoststack)
add_executable(reads reads.cc)
target_link_libraries(reads PRIVATE hoststack::scenario)
"""

RUNS = r"""
#include "ns3/hs-hoststack-helper.h"
#include "ns3/hs-run-scenario.h"
#include "ns3/node-container.h"

#include <iostream>

int main(int, char** arguments)
{
    ns3::NodeContainer nodes;
    nodes.Create(2);
    const auto loaded = hoststack::LoadScenario(arguments[1]);
    const auto results = hoststack::RunScenario(loaded).result;
    std::cout << nodes.GetN() << ' ' << results.connections.size() << std::endl;
}
"""

READS = r"""
#include "ns3/hs-scenario-reader.h"

#include <iostream>

int main(int, char** arguments)
{
    std::cout << hoststack::LoadScenario(arguments[1]).scenario.name << std::endl;
}
"""


def test_a_foreign_cmake_project_finds_links_and_runs_the_library(installed, tmp_path):
    version = pathlib.Path(SOURCE, "VERSION").read_text(encoding="utf-8").split()[0]
    (tmp_path / "CMakeLists.txt").write_text(FOREIGN.replace("{version}", version), encoding="utf-8")
    (tmp_path / "runs.cc").write_text(RUNS, encoding="utf-8")
    (tmp_path / "reads.cc").write_text(READS, encoding="utf-8")
    scenario = tmp_path / "short.json"
    scenario.write_text(json.dumps({
        "hoststack": 1, "name": "foreign", "run": {"duration": "1 s"}, "hosts": {"a": {"os": "linux-6.18"}, "b": {}},
        "links": {"l": {"ends": ["a", "b"], "down": {"rate": "9 Mbit/s"}, "up": {"rate": "9 Mbit/s"}}},
        "traffic": {"t": {"kind": "bulk", "from": "a", "to": "b", "bytes": "20 kB"}}}), encoding="utf-8")
    made = call("cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={installed}",
                "-DCMAKE_BUILD_TYPE=Debug")
    assert made.returncode == 0, made.stderr
    assert BUILD not in made.stdout
    built = call("cmake", "--build", tmp_path / "build", "-j", "2")
    assert built.returncode == 0, built.stdout + built.stderr
    ran = call(tmp_path / "build" / "runs", scenario)
    assert ran.returncode == 0 and ran.stdout == "2 1\n", ran.stdout + ran.stderr
    read = call(tmp_path / "build" / "reads", scenario)
    assert read.stdout == "foreign\n", read.stderr
    assert "libns3" not in call("readelf", "-d", tmp_path / "build" / "reads").stdout


def test_the_manual_names_every_command_and_option(installed):
    page = (installed / "share" / "man" / "man1" / "hoststack.1").read_text(encoding="utf-8").replace("\\-", "-")
    helped = call(installed / "bin" / "hoststack", "help").stdout
    commands = set(re.findall(r"^  ([a-z]+)", helped, re.M))
    assert len(commands) > 9
    program = installed / "libexec" / "hoststack" / "hoststack-cli"
    options = set()
    for command in sorted(commands - {"help", "version", "python"}):
        told = call(program, command, "--help") if command not in ("sweep", "export", "report", "twin") else \
            call(installed / "bin" / "hoststack", command, "--help")
        assert told.returncode == 0, command
        options |= set(re.findall(r"(--[a-z][a-z-]+)", told.stdout))
    options |= set(re.findall(r"(--[a-z][a-z-]+)", call(installed / "bin" / "hoststack", "check", "--junit", "x.xml", "--help").stdout))
    missing = [w for w in sorted(commands) + sorted(options - {"--help"}) if not re.search(re.escape(w) + r"\b", page)]
    assert missing == []
    if shutil.which("man"):
        drawn = call("man", "--warnings", "-l", installed / "share" / "man" / "man1" / "hoststack.1", env={"MANWIDTH": "80"})
        assert drawn.returncode == 0 and drawn.stderr == "" and "EXIT STATUS" in drawn.stdout
