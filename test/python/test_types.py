# SPDX-License-Identifier: GPL-2.0-only
"""Type hints: the stub of the compiled module is what that module has, and the package is sound by its own hints."""

import ast
import os
import subprocess
import sys

import pytest
from conftest import SOURCE

PACKAGE = SOURCE / "python" / "hoststack"


def stub():
    """name -> the names in it (None: no class), of _core.pyi; a class has those of its bases."""
    found = {}
    for node in ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = set().union(*(found.get(getattr(b, "id", ""), set()) or set() for b in node.bases))
            for part in node.body:
                if isinstance(part, ast.FunctionDef):
                    found[node.name].add(part.name)
                elif isinstance(part, ast.AnnAssign):
                    found[node.name].add(part.target.id)
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = None
        elif isinstance(node, ast.AnnAssign):
            found[node.target.id] = None
    return found


def test_the_stub_has_what_the_compiled_module_has():
    from hoststack._native import core

    told = {name: parts for name, parts in stub().items() if name != "_Stream"}
    assert set(told) == {n for n in dir(core) if not n.startswith("_")}
    for name, parts in told.items():
        thing = getattr(core, name)
        if isinstance(thing, type) and not issubclass(thing, Exception):
            there = {n for n in vars(thing) if not n.startswith("_")}
            assert {p for p in parts if not p.startswith("_")} == there, name


def test_what_a_view_lets_write_is_what_its_stub_says():
    from hoststack._native import core

    classes = {n.name: n for n in ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8")).body
               if isinstance(n, ast.ClassDef)}
    for name in ("SchedulerView", "SubflowView", "ReceiveView", "CongestionView", "RateSampleView"):
        writable = {p.target.id for p in classes[name].body if isinstance(p, ast.AnnAssign)}
        for attribute in vars(getattr(core, name)).values():
            text = attribute.__doc__ or ""
            if getattr(attribute, "__name__", "_").startswith("_") or ":" not in text:
                continue
            assert (attribute.__name__ in writable) == ("to write" in text), f"{name}.{attribute.__name__}"


USER = """
import hoststack

class Mine(hoststack.Scheduler):
    def get_send(self, view: hoststack.SchedulerView) -> None:
        for subflow in view.subflows:
            subflow.scheduled = subflow.active
        view.burst = {value}

run = hoststack.run("x.json", {{"run.duration": "1 s"}})
rate: float | None = run["traffic.download.goodput"]
"""


@pytest.mark.parametrize("value, status", [("1000", 0), ('"much"', 1)])
def test_a_checker_of_types_reads_the_package_and_what_a_user_writes(tmp_path, value, status):
    pytest.importorskip("mypy", reason="mypy is not installed")
    (tmp_path / "mine.py").write_text(USER.format(value=value))
    call = ["--ignore-missing-imports", f"--cache-dir={tmp_path / 'cache'}", str(tmp_path / "mine.py")]
    if not status:
        call += [str(p) for p in sorted(PACKAGE.rglob("*.py"))]
    done = subprocess.run([sys.executable, "-m", "mypy", *call], capture_output=True, text=True,
                          check=False, cwd=tmp_path, env={**os.environ, "MYPYPATH": str(SOURCE / "python")})
    assert done.returncode == status, done.stdout + done.stderr
    assert status == 0 or 'variable has type "int"' in done.stdout, done.stdout
