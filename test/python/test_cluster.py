# SPDX-License-Identifier: GPL-2.0-only
"""Studies on a Dask cluster: a scheduler and two workers on this machine's loopback."""

import json
import shutil
import subprocess
import sys
import time

import hoststack
import pytest

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
    from hoststack import _cluster

    monkeypatch.setattr(_cluster, "_own_build", lambda: "0" * 64)
    with pytest.raises(hoststack.StoreError, match="another build"):
        hoststack.sweep({"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {}},
                        tmp_path / "s.sqlite", cluster=cluster, quiet=True)


def test_a_cluster_that_does_not_answer_is_told(short, tmp_path):
    with pytest.raises(hoststack.StoreError, match="no Dask scheduler answers"):
        hoststack.sweep({"hoststack-study": 1, "name": "c", "scenario": short, "sweep": {}},
                        tmp_path / "s.sqlite", cluster="tcp://127.0.0.1:1", quiet=True)
