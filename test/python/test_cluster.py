# SPDX-License-Identifier: GPL-2.0-only
"""Studies on a Dask cluster: a scheduler and two workers on this machine's loopback."""

import json
import shutil
import subprocess
import sys
import time

import hoststack
import pytest
from hoststack import _cluster, _study

pytest.importorskip("distributed", reason="python3-distributed is not installed")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    tmp_path = tmp_path_factory.mktemp("cluster")
    if not shutil.which("dask-scheduler"):
        pytest.skip("dask-scheduler is not installed")
    file = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    processes = [subprocess.Popen([sys.executable, shutil.which("dask-scheduler"), "--host", "127.0.0.1",
                                   "--port", "0", "--no-dashboard", "--scheduler-file", file], **quiet)]
    processes += [subprocess.Popen([sys.executable, shutil.which("dask-worker"), "--scheduler-file", file,
                                    "--nthreads", "1", "--nworkers", "1", "--no-dashboard",
                                    "--local-directory", tmp_path / f"w{i}", "--death-timeout", "60"],
                                   **quiet) for i in range(2)]
    deadline = time.monotonic() + 60
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    address = json.loads(file.read_text())["address"]
    from distributed import Client

    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield address
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        process.wait(30)


def test_a_cluster_yields_what_this_machine_yields(cluster, short, tmp_path):
    study = {"hoststack-study": 1, "name": "c", "scenario": short,
             "sweep": {"axes": {"links.path.down.rate": ["10 Mbit/s", "20 Mbit/s"]}, "replications": 5}}
    there = hoststack.sweep(study, tmp_path / "there.sqlite", cluster=cluster, quiet=True)
    here = hoststack.sweep(study, tmp_path / "here.sqlite", quiet=True)
    assert there.counts == here.counts == {"done": 10}
    assert there.frame().equals(here.frame())


def test_a_cluster_of_another_build_is_refused(cluster, short, tmp_path, monkeypatch):
    monkeypatch.setattr(_cluster, "_own_build", lambda: "0" * 64)
    with pytest.raises(hoststack.StoreError, match="another build"):
        hoststack.sweep({"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {}},
                        tmp_path / "s.sqlite", cluster=cluster, quiet=True)


@pytest.mark.parametrize("package, version", [("python", "3.9.1.final.0"), ("distributed", "1.0"), ("cloudpickle", None)])
def test_a_cluster_with_other_versions_is_refused(cluster, short, tmp_path, monkeypatch, package, version):
    real = _cluster._versions

    def other(client):
        found = real(client)
        assert len(found) == 4 and all(package in v for v in found.values())
        found[max(found)] = {**found[max(found)], package: version}
        return found

    monkeypatch.setattr(_cluster, "_versions", other)
    with pytest.raises(hoststack.StoreError, match=f"has {package} {version}, this process has"):
        hoststack.sweep({"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {}},
                        tmp_path / "s.sqlite", cluster=cluster, quiet=True)


def test_a_run_of_a_cluster_needs_none_of_the_files_that_a_scenario_names(short, tmp_path):
    (tmp_path / "a.trace").write_text("".join(f"{ms}\n" for ms in range(1, 400)))
    short["links"]["path"]["down"] = {"delay": "5 ms", "behaviours": [{"kind": "trace", "file": "a.trace"}]}
    study = {"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {"replications": 2}}
    points = _study.read(study, str(tmp_path)).points()
    (tmp_path / "a.trace").unlink()
    state, answer, _ = _cluster.task({"do": "run", "brief": True}, points[0], None)
    assert state == "done" and json.loads(answer["summary"])["metrics"]["traffic.download.bytes"] == 300000


def test_a_cluster_that_does_not_answer_is_told(short, tmp_path):
    with pytest.raises(hoststack.StoreError, match="no Dask scheduler answers"):
        hoststack.sweep({"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {}},
                        tmp_path / "s.sqlite", cluster="tcp://127.0.0.1:1", quiet=True)
