# SPDX-License-Identifier: GPL-2.0-only
"""The package where it is installed: with data of its own, found without the source tree."""

import os
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
    done = subprocess.run([tmp_path / "v" / "bin" / "pip", "install", "--no-build-isolation",
                           "--no-index", "--no-deps", os.path.join(SOURCE, "python")],
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert bytes_received(tmp_path / "v" / "bin" / "python", tmp_path) > 1e6
    assert set(os.listdir(os.path.join(SOURCE, "python"))) == before
