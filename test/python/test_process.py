# SPDX-License-Identifier: GPL-2.0-only
"""The process of a run: the interpreter outlives what happens there, and nothing stays behind."""

import os
import pathlib
import resource
import signal
import subprocess
import sys
import threading
import time

import hoststack
import pytest
from hoststack import _process

LONG = {"run.duration": "100000 s", "traffic.download.bytes": "1000 GB"}


def interrupt_soon(seconds=0.5):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_ends_a_run_at_once_and_leaves_nothing(short, tmp_path):
    interrupt_soon()
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        hoststack.run(short, LONG, out=tmp_path / "results")
    assert time.monotonic() - begin < 5
    assert list(tmp_path.iterdir()) == []
    assert hoststack.run(short).met


def test_ctrl_c_ends_a_run_in_this_process_too(short):
    interrupt_soon()
    with pytest.raises(KeyboardInterrupt):
        hoststack.run(short, LONG, isolated=False)
    assert hoststack.run(short, isolated=False).met


def test_a_run_that_takes_too_long_is_ended(short, tmp_path):
    with pytest.raises(hoststack.RunTimeout, match="0.5 s"):
        hoststack.run(short, LONG, timeout=0.5, out=tmp_path / "results")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="isolated"):
        hoststack.run(short, timeout=1, isolated=False)


def test_a_process_that_dies_is_an_error_and_no_more(short):
    hoststack.run(short)  # now one is waiting
    victim = _process._idle[-1].pid
    threading.Timer(0.5, os.kill, (victim, signal.SIGSEGV)).start()
    with pytest.raises(hoststack.RunFault, match="SIGSEGV"):
        hoststack.run(short, LONG)
    assert hoststack.run(short).met


def test_a_run_does_not_outlive_its_interpreter(short, tmp_path):
    code = (f"import hoststack, threading, os, signal, sys\n"
            f"from hoststack import _process\n"
            f"hoststack.run({short!r})\n"
            f"print(_process._idle[-1].pid, flush=True)\n"
            f"hoststack.run({short!r}, {LONG!r})\n")
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    time.sleep(0.3)
    parent.kill()
    parent.wait()
    for _ in range(100):
        state = pathlib.Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.1)
    pytest.fail("the process of the run is still there after ten seconds")


def test_runs_of_several_threads_do_not_meet(short):
    results = {}

    def one(seed):
        results[seed] = hoststack.run(short, seed=seed).summary_json

    threads = [threading.Thread(target=one, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(4):
        assert results[seed] == hoststack.run(short, seed=seed).summary_json


def test_results_that_cannot_be_written_are_told(short, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(hoststack.ScenarioError, match="cannot write results"):
        hoststack.run(short, out=tmp_path / "file")
    if os.path.exists("/dev/full") and os.geteuid() == 0:
        space = tmp_path / "small"
        space.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(space)],
                          capture_output=True, check=False).returncode == 0:
            try:
                with pytest.raises(hoststack.ScenarioError, match="No space left"):
                    hoststack.run(short, {"output.sample": "1 ms"}, out=space / "results")
                assert [p for p in space.rglob("*") if p.is_file()] == []
            finally:
                subprocess.run(["umount", str(space)], check=False)


def in_one_process_and_in_many(short, multipath, count):
    """Summaries and series of `count` different runs, both ways; and what memory did meanwhile."""
    given = [(scenario, seed) for seed in range(count // 2) for scenario in (short, multipath)]
    same = []
    sizes = []
    for scenario, seed in given:
        run = hoststack.run(scenario, {"output.sample": "10 ms"}, seed, isolated=False)
        same.append((run.summary_json, run.series()))
        sizes.append(int(pathlib.Path("/proc/self/statm").read_text().split()[1]))
        run = None
        if len(sizes) > 20:
            same[len(sizes) - 21] = (same[len(sizes) - 21][0], None)  # a frame is memory, too
    for (scenario, seed), (summary, series) in zip(given, same):
        _process.close_idle()
        run = hoststack.run(scenario, {"output.sample": "10 ms"}, seed)
        assert run.summary_json == summary
        assert series is None or run.series().equals(series)
    settled, end = sizes[len(sizes) // 3], sizes[-1]
    assert (end - settled) * resource.getpagesize() < 8e6, sizes


def test_runs_in_one_process_equal_runs_in_many_and_memory_stays(short, multipath):
    in_one_process_and_in_many(short, multipath, 40)


@pytest.mark.long
def test_300_runs_in_one_process_equal_300_processes(short, multipath):
    in_one_process_and_in_many(short, multipath, 300)
