# SPDX-License-Identifier: GPL-2.0-only
"""Kernel beside model, without a kernel: verdicts, the place where traces part, what is changed in a kernel's
sources, and how runs are bounded."""

import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import pytest

pytest.importorskip("scipy")
pytest.importorskip("pandas")

from hoststack.errors import HoststackError
from hoststack.twin import _engine, _kernel_build, _kernel_source, _page, _played, _text, _traces, _twin, _units, compare
from hoststack.twin._cannot import Cannot

CLI = os.environ.get("HOSTSTACK_CLI", "")
SOURCE = pathlib.Path(os.environ.get("HOSTSTACK_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
needs_program = pytest.mark.skipif(not CLI, reason="no hoststack-cli (HOSTSTACK_CLI)")

SCENARIO = {
    "hoststack": 1, "name": "one-path",
    "hosts": {"client": {"os": "linux-6.18"}, "server": {"os": "linux-6.18"}},
    "links": {"line": {"ends": ["client", "server"], "down": {"rate": "20 Mbit/s", "delay": "10 ms", "queue": "100 packets"},
                       "up": {"rate": "20 Mbit/s", "delay": "10 ms", "queue": "100 packets"}}},
    "traffic": {"down": {"kind": "request-response", "from": "client", "to": "server", "request-size": "200 B",
                         "response-size": "1 kB", "count": 40, "think-time": "300 ms"}},
    "output": {"pcap": True},
}


def by_name(verdicts):
    return {v.metric: v for v in verdicts}


def test_medians_within_the_scenarios_own_tolerance_are_the_same():
    expected = [{"metric": "traffic.t.goodput", "expected": "within 10 %", "target": 100.0, "tolerance": 10.0}]
    close = by_name(compare([{"traffic.t.goodput": 100.0}], [{"traffic.t.goodput": 109.0}], expected))
    far = by_name(compare([{"traffic.t.goodput": 100.0}], [{"traffic.t.goodput": 111.0}], expected))
    assert close["traffic.t.goodput"].word == "same" and close["traffic.t.goodput"].judged
    assert far["traffic.t.goodput"].word == "differs"


def test_two_bounds_are_a_tolerance_of_half_the_way_between_them():
    expected = [{"metric": "m", "expected": "at least 90", "target": 90.0},
                {"metric": "m", "expected": "at most 110", "target": 110.0}]
    assert by_name(compare([{"m": 100.0}], [{"m": 110.0}], expected))["m"].word == "same"
    assert by_name(compare([{"m": 100.0}], [{"m": 111.0}], expected))["m"].word == "differs"


def test_what_a_scenario_expects_exactly_may_not_be_off_by_one():
    expected = [{"metric": "hosts.s.counters.MPTcpExtMPJoinAckRx", "expected": "exactly 1", "target": 1.0}]
    model = [{"hosts.s.counters.MPTcpExtMPJoinAckRx": 1.0}] * 5
    units = {"hosts.s.counters.MPTcpExtMPJoinAckRx": "count"}
    # A kernel that counted none leaves it out of its summary.
    verdict, = compare([{}] * 5, model, expected, units)
    assert verdict.word == "differs" and verdict.judged and verdict.kernel == (0.0,) * 5
    assert not compare([{}] * 5, model, [{**expected[0], "skipped": "the kernel has no such counter"}], units)


def test_a_transfer_that_completes_on_one_side_only_differs():
    names = ("traffic.t.completed", "traffic.t.fallbacks", "traffic.t.subflow-count")
    kernel = [{"traffic.t.completion": None, "traffic.t.rtt.p50": None, **dict(zip(names, (0.0, 1.0, 1.0)))}] * 5
    model = [{"traffic.t.completion": 2.0, "traffic.t.rtt.p50": 0.02, **dict(zip(names, (1.0, 0.0, 2.0)))}] * 5
    found = by_name(compare(kernel, model, units=dict.fromkeys(names, "count")))
    assert {found[n].word for n in (*names, "traffic.t.completion")} == {"differs"}
    assert found["traffic.t.completion"].judged and found["traffic.t.completed"].judged
    assert found["traffic.t.rtt.p50"].word == "one-sided" and not found["traffic.t.rtt.p50"].judged


def test_samples_that_ranks_cannot_tell_apart_are_alike():
    kernel = [{"m": v} for v in (10.0, 30.0, 50.0, 20.0, 45.0)]
    model = [{"m": v} for v in (40.0, 48.0, 25.0, 15.0, 60.0)]
    apart = [{"m": v + 100} for v in (40.0, 48.0, 25.0, 15.0, 60.0)]
    verdict = by_name(compare(kernel, model))["m"]
    assert verdict.word == "alike" and verdict.chance > 0.05 and not verdict.judged
    verdict = by_name(compare(kernel, apart))["m"]
    assert verdict.word == "differs" and verdict.chance < 0.05


def test_a_counter_that_one_run_leaves_out_was_zero():
    kernel = [{"hosts.a.counters.X": 8.0}, {}, {}]
    model = [{"hosts.a.counters.X": 1.0}] * 3
    assert by_name(compare(kernel, model))["hosts.a.counters.X"].kernel == (8.0, 0.0, 0.0)


def test_what_only_a_live_run_has_is_not_compared():
    assert not compare([{"live.late.max": 1.0, "run.duration": 2.0}], [{"live.late.max": 1.0, "run.duration": 3.0}])


def run_model(folder, name, *sets):
    scenario = folder / f"{name}.json"
    scenario.write_text(json.dumps({**SCENARIO, "name": name}), encoding="utf-8")
    words = [w for s in sets for w in ("--set", s)]
    done = subprocess.run([CLI, "run", str(scenario), "--out", str(folder), "--quiet", *words], check=False)
    assert done.returncode in (0, 1)
    return folder / name


@needs_program
def test_the_same_run_does_not_part(tmp_path):
    one, other = run_model(tmp_path, "one"), run_model(tmp_path, "other")
    for host in ("client", "server"):
        assert _traces.all_partings(one / f"{host}.pcapng", other / f"{host}.pcapng") == []


@needs_program
def test_a_wrong_delayed_ack_is_found_and_located(tmp_path):
    plain = "hosts.client.tcp.acks=\"freebsd\""
    right = run_model(tmp_path, "right", plain)
    wrong = run_model(tmp_path, "wrong", plain, "hosts.client.tcp.delayed-ack-min=\"150 ms\"")
    first = _traces.parting(right / "client.pcapng", wrong / "client.pcapng")
    assert first is not None and first.kind in ("acknowledgement", "timer", "end"), first
    assert first.stream.startswith("line 1, forth")
    alone = [p for p in (first.kernel + first.model) if "(" not in p]
    assert alone, "the ACK without data is shown"


@needs_program
def test_other_handshake_options_part_in_the_handshake(tmp_path):
    right = run_model(tmp_path, "right")
    wrong = run_model(tmp_path, "wrong", "hosts.client.tcp.window-scaling=false")
    first = _traces.parting(right / "client.pcapng", wrong / "client.pcapng")
    assert (first.kind, first.number, first.stream) == ("handshake", 1, "line 1, forth")


def test_an_edit_of_sources_that_are_not_as_expected_says_which(tmp_path):
    (tmp_path / "arch/um").mkdir(parents=True)
    (tmp_path / "arch/um/Kconfig").write_text("config HZ\n\tint\n\tdefault 250\n", encoding="utf-8")
    with pytest.raises(HoststackError, match="arch/um/Kconfig has 0 places"):
        _kernel_source.prepare(tmp_path, "6.12")


def test_each_fix_that_can_be_taken_out_has_a_parameter_of_its_own():
    parameters = [f.parameter for f in _kernel_source.FIXES.values()]
    assert len(set(parameters)) == len(parameters)
    for fix in _kernel_source.FIXES.values():
        assert any(fix.parameter in e.instead for e in fix.edits)
        for edit in fix.edits:
            re.compile(edit.place)


def test_profiles_name_the_fixes_that_they_lack():
    old = {"hosts": {"a": {"mptcp": {"enabled": True, "reopen": "free-space", "wake-needs-data": False}}, "b": {}}}
    assert _twin.fixes_before(old, ["a", "b"]) == ["window-update", "readiness"]
    assert _twin.fixes_before(old, ["b"]) == []
    older = {"hosts": {"a": {"mptcp": {"resync-before-data": False, "subflow-window-shrinks": False}}}}
    assert _twin.fixes_before(older, ["a"]) == ["window-resync", "window-shrink"]
    oldest = {"hosts": {"a": {"tcp": {"congestion": "cubic-before-6.14"}}, "b": {"tcp": {"congestion": "cubic"}}}}
    assert _twin.fixes_before(oldest, ["a", "b"]) == ["hystart-rounds"]
    assert _twin.fixes_before(oldest, ["b"]) == []


def test_what_no_kernel_can_play_is_said():
    with pytest.raises(Cannot, match="accept"):
        _twin.kernel_hosts({"hosts": {}, "traffic": {"t": {"from": "a", "to": "b", "accept": {"interval": "1 ms"}}}})
    with pytest.raises(Cannot, match="freebsd"):
        _twin.kernel_hosts({"hosts": {"a": {"os": "freebsd-14-rack"}}, "traffic": {"t": {"from": "a", "to": "b"}}})
    assert _twin.kernel_hosts({"hosts": {}, "traffic": {"t": {"from": "a", "to": "b"}, "u": {"from": "b", "to": "a"}}}) \
        == ["a", "b"]


def test_kernels_play_the_proxies_of_a_way_too():
    way = {"from": "a", "to": "b", "through": ["r", "v"]}
    assert _twin.kernel_hosts({"hosts": {}, "traffic": {"t": way, "p": {"kind": "ping", "from": "a", "to": "v"}}}) \
        == ["a", "r", "v", "b"]


def test_one_kernel_has_the_memory_of_all_limited_hosts_together():
    metrics = {"hosts.a.memory.threshold.least": 4096 * 100, "hosts.a.memory.threshold.pressure": 4096 * 200,
               "hosts.a.memory.threshold.most": 4096 * 300, "hosts.c.memory.threshold.least": 4096,
               "hosts.c.memory.threshold.pressure": 8192, "hosts.c.memory.threshold.most": 12288}
    assert _twin.tcp_mem_of(metrics, ["a", "b"]) == (100, 200, 300)
    assert _twin.tcp_mem_of(metrics, ["a", "c"]) == (101, 202, 303)
    assert _twin.tcp_mem_of(metrics, ["b"]) == ()


def test_memory_is_told_as_differing_only_where_the_kernel_was_given_it():
    settings = [{"host": "a", "key": "memory", "state": "impossible", "detail": ""},
                {"host": "a", "key": "tcp.sack", "state": "applied", "detail": ""}]
    told = _twin._with_memory(settings, (1, 2, 3), True)
    assert [s["state"] for s in told] == ["differs", "applied"] and "1 2 3 pages" in told[0]["detail"]
    other = {"host": "b", "key": "tcp.sack", "state": "applied", "detail": ""}
    told = _twin._with_memory([*settings, other], (1, 2, 3), True)
    assert [(s["host"], s["state"]) for s in told if s["key"] == "memory"] == [("a", "differs"), ("b", "impossible")]
    assert _twin._with_memory(settings, (1, 2, 3), False) == settings == _twin._with_memory(settings, (), True)


def test_a_run_begins_later_where_its_traffic_has_the_time():
    scenario = {"run": {"duration": "2 s"}, "traffic": {
        "a": {}, "b": {"start": "1.5 s"}, "c/d": {"start": "10 ms", "stop": "12 ms"}, "late": {"start": "1999 ms"}}}
    assert _twin.begun_later(scenario, 0) == []
    assert _twin.begun_later(scenario, 0.0015) == ["--set", "/traffic/a/start=1500000 ns", "--set",
                                                   "/traffic/b/start=1501500000 ns", "--set",
                                                   "/traffic/c~1d/start=11500000 ns"]


def test_ends_are_found_through_files_that_extend_others(tmp_path):
    (tmp_path / "base.json").write_text(json.dumps(SCENARIO), encoding="utf-8")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"extends": "base.json", "traffic": {"down": {"to": "proxy"}}}), encoding="utf-8")
    assert _played.ends_of(str(tmp_path / "base.json")) == ["client", "server"]
    assert _played.ends_of(str(other)) == ["client", "proxy"]
    other.write_text(json.dumps({"extends": "base.json", "traffic": {"down": {"through": ["r", "v"]}}}), encoding="utf-8")
    assert _played.ends_of(str(other)) == ["client", "r", "v", "server"]
    other.write_text(json.dumps({"extends": "base.json", "traffic": {"down": None}}), encoding="utf-8")
    assert _played.ends_of(str(other)) == []


def test_the_models_hosts_get_the_buffers_of_the_kernels_devices():
    words = _played.device_words(["a b"])
    assert words == ["--set", '/hosts/a b/tcp/truesize={"scheme": "build-skb"}']
    assert _played.device_settings(["x"])[0]["wanted"] == "build-skb"


def test_an_agreement_says_without_which_settings_it_is_and_what_was_not_judged(tmp_path):
    settings = [{"host": h, "key": k, "wanted": "x", "state": "impossible", "detail": "why"} for k in ("tcp.pacing", "hpts")
                for h in "ab"]
    expectations = [{"metric": "hosts.a.hpts.bursts", "expected": "exactly 1", "judged-in": 0, "met-in": 0, "met-by-model-in": 1, "because": ""}]
    verdicts = compare([{"traffic.t.completed": 1.0}], [{"traffic.t.completed": 1.0}])
    text = _twin.Twin("n", "k", verdicts, [], settings, expectations, 0, [], tmp_path).text
    assert "agrees (1 of 1 judged metrics, without tcp.pacing, hpts: impossible here)" in text
    assert "a kernel does not know: hosts.a.hpts.bursts" in text


@needs_program
def test_units_are_the_programs():
    units = {"traffic.a.b.jitter": "s", "traffic.t.ended.at": "s", "hosts.x.memory.pressure.time": "s", "traffic.t.limited.rwnd": "share",
             "links.l.down.delivered": "bytes", "traffic.t.through.x.held.max": "bytes", "hosts.x.counters.TcpInSegs": "count", "new": "count"}
    assert _units.units_of(CLI, units) == units


def test_an_unknown_kernel_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="uml:6.12"):
        _engine.engine_of("uml:5.4", "program")
    with pytest.raises(Cannot, match="no parameters"):
        _engine.engine_of("live", "program", ["readiness"])


def test_an_unknown_kernel_or_fix_is_refused_before_anything_runs_or_is_built(monkeypatch, tmp_path):
    monkeypatch.setenv("HOSTSTACK_CLI", "/no/such/program")
    for call, error, word in (({"kernel": "6.12"}, ValueError, "uml:6.1"), ({"kernel": "uml:5.4"}, ValueError, "uml:6.12"),
                              ({"before": ["readiness"]}, Cannot, "no parameters"),
                              ({"kernel": "uml:6.1", "before": ["readiness"]}, Cannot, "no correction")):
        with pytest.raises(error, match=word):
            _twin.twin("any.json", out=tmp_path / "out", **call)
    with pytest.raises(ValueError, match="is a folder"):
        _twin.twin(tmp_path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_duration_may_be_written_as_scenarios_may():
    assert [_twin.seconds_of(t) for t in ("5s", "5  s", "2min", "1.5e3 ms")] == [5.0, 5.0, 120.0, 1.5]


def test_a_run_that_does_not_end_is_ended():
    begin = time.monotonic()
    ended = _engine.run_bounded(["sleep", "1000"], 0.2)
    assert ended.status == 3 and "did not end" in ended.said
    assert time.monotonic() - begin < 100


def test_what_a_twin_runs_dies_with_it(tmp_path):
    marker = tmp_path / "pid"
    code = (f"from hoststack.twin._engine import run_bounded; "
            f"run_bounded(['sh', '-c', 'echo $$ > {marker}; exec sleep 1000'], 900)")
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        for _ in range(1000):
            if marker.exists() and marker.read_text().strip():
                break
            time.sleep(0.01)
        child = int(marker.read_text())
        parent.kill()
    for _ in range(1000):
        status = pathlib.Path(f"/proc/{child}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.01)
    raise AssertionError("the run goes on without its twin")


def test_a_folder_of_a_twin_goes_with_it_however_it_ends(tmp_path):
    code = ("import pathlib, sys, time; from hoststack.twin._scratch import scratch\n"
            f"with scratch('x-', pathlib.Path({str(tmp_path)!r})) as folder:\n"
            "    (folder / 'a').write_text('b'); print(folder, flush=True)\n"
            "    if sys.argv[1] == 'kill': time.sleep(1000)\n")
    done = subprocess.run([sys.executable, "-c", code, "end"], capture_output=True, text=True, check=True)
    assert not pathlib.Path(done.stdout.strip()).exists()
    with subprocess.Popen([sys.executable, "-c", code, "kill"], stdout=subprocess.PIPE, text=True) as process:
        folder = pathlib.Path(process.stdout.readline().strip())
        assert (folder / "a").exists()
        process.kill()
    for _ in range(1000):
        if not folder.exists():
            return
        time.sleep(0.01)
    raise AssertionError("the folder of a killed twin stays")


def test_a_kernel_goes_before_others_unless_it_was_told_to_stand_back():
    ask = [sys.executable, "-c", "import os; print(os.sched_getscheduler(0) == os.SCHED_RR)"]

    def goes_before(nice):
        code = ("import os, subprocess, sys\nfrom hoststack.twin import _engine\n"
                f"os.nice({nice})\n"
                f"print(subprocess.run({ask!r}, preexec_fn=_engine._go_before_others, capture_output=True, text=True).stdout)")
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(SOURCE / "python")})
        return done.stdout.strip() == "True"

    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    except OSError:
        pytest.skip("no right to go before others (CAP_SYS_NICE)")
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    assert goes_before(0)
    assert not goes_before(5)


def result_of(name, before, folder, kernel, model):
    expectations = [{"metric": m, "expected": "within", "judged-in": 1, "met-in": 1, "met-by-model-in": 1, "because": "",
                     "tolerance": 0.001, "target": kernel} for m in ("traffic.t.resume.count", "traffic.t.resume.p50")]
    units = {"traffic.t.resume.p50": "s", "traffic.t.resume.count": "count"}
    verdicts = compare([{"traffic.t.resume.p50": kernel, "traffic.t.resume.count": 34.0}],
                       [{"traffic.t.resume.p50": model, "traffic.t.resume.count": 34.0}], expectations, units)
    return _twin.Twin(name, "k", verdicts, [], [], expectations, 0, [], folder, before)


def test_a_kernel_before_a_fix_stands_above_the_one_after_it(tmp_path):
    both = [result_of("old", ("window-update", "hystart-rounds"), tmp_path, 0.0803, 0.0802),
            result_of("new", ("hystart-rounds",), tmp_path, 0.0403, 0.0402)]
    rows = [line.split() for line in _text.overview_of(both).splitlines()]
    assert rows[1] == ["same", "old", "window-update", "traffic.t.resume.p50", "80.3", "ms", "80.2", "ms"]
    assert rows[3] == ["same", "new", "traffic.t.resume.p50", "40.3", "ms", "40.2", "ms"]
    assert "before the fix" not in _text.overview_of(both[1:])


def test_what_differs_is_shown_before_what_was_expected(tmp_path):
    rows = _text.glance_of([result_of("n", (), tmp_path, 0.08, 0.04)])
    assert [cells[:2] for _, _, cells in rows] == [("differs", "traffic.t.resume.p50")]


def test_dots_are_as_far_apart_as_values_are():
    def places(strip):
        return [float(x) for x in re.findall(r'cx="([^"]+)"', strip)]

    near, far = places(_page._strip([78.2500], [78.2501], 3.9)), places(_page._strip([70.0], [80.0], 3.9))
    assert abs(near[0] - near[1]) < 1 and abs(sum(near) / 2 - 80) < 1
    assert far == [8.0, 152.0]


def test_profiles_name_the_kernel_that_plays_them():
    for profiles, kernel in ((["linux-6.12.11", "linux-6.6"], "uml:6.12"), (["openmptcprouter-0.60-6.1"], "uml:6.1"),
                             (["linux-6.12-before-readiness"], "uml:6.12"), (["linux-6.6"], "uml:6.12"),
                             (["linux-6.18"], "uml:6.12"), (["linux-6.1", ""], "uml:6.1"), ([""], "uml:6.12")):
        assert _engine.uml_for({str(i): name for i, name in enumerate(profiles)}) == kernel


@needs_program
@pytest.mark.parametrize("fix", _kernel_source.FIXES)
def test_there_is_a_profile_before_each_fix_and_it_lacks_that_one_alone(tmp_path, fix):
    def fixes_of(profile):
        path = tmp_path / f"{profile}.json"
        hosts = {name: {"os": profile, "mptcp": {}} for name in SCENARIO["hosts"]}
        traffic = {"down": {"kind": "bulk", "from": "server", "to": "client", "bytes": "1 kB"}}
        path.write_text(json.dumps({**SCENARIO, "name": profile, "hosts": hosts, "traffic": traffic, "output": {}}), encoding="utf-8")
        done = subprocess.run([CLI, "run", str(path), "--out", str(tmp_path), "--quiet"], check=False)
        assert done.returncode == 0
        resolved = json.loads((tmp_path / profile / "scenario.resolved.json").read_text(encoding="utf-8"))
        return _twin.fixes_before(resolved, list(hosts))

    assert fixes_of(f"linux-6.12-before-{fix}") == [fix]
    assert fixes_of("linux-6.12") == []


def test_a_host_of_another_release_is_told_of():
    class Engine:
        name = "Linux 6.12.117, in virtual time"

    told = _twin._profile_settings({"a": "linux-6.12.11", "b": "linux-6.1", "c": "openwrt-6.6", "d": ""}, Engine())
    assert [(s["host"], s["state"]) for s in told] == [("a", "applied"), ("b", "differs"), ("c", "differs")]


def test_a_fix_that_is_taken_out_by_hand_is_told_of():
    told = _twin._fix_settings(["hystart-rounds"])
    assert [(s["key"], s["state"]) for s in told] == [("hystart-rounds", "differs")] and "hoststack_late_rounds" in told[0]["detail"]


class Kernel:
    """Runs side by side, and each as it is told to."""

    isolated = True

    def __init__(self, end):
        self.end = end
        self.at_once = self.most = 0
        self.lock = threading.Lock()

    def run(self, job):
        with self.lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            status = self.end(job)
            folder = job.out / "n"
            folder.mkdir(parents=True)
            (folder / "summary.json").write_text(json.dumps({"metrics": {"phase": job.repetition}}), encoding="utf-8")
            return _engine.Ended(status, "said")
        finally:
            with self.lock:
                self.at_once -= 1


def kernel_runs(engine, out, jobs):
    return _twin._kernel(engine, lambda number, folder, took: _engine.Job([], folder, 1.0, number - 1, 4), 4, "f", 0.0, out, jobs,
                         lambda line: None)


def test_repetitions_in_virtual_time_run_beside_each_other_and_stay_in_order(tmp_path):
    together = threading.Barrier(2)

    def end(job):
        together.wait(60)
        time.sleep(0.05 * (4 - job.repetition))
        return 0

    engine = Kernel(end)
    runs, rejected = kernel_runs(engine, tmp_path, 2)
    assert [r["metrics"]["phase"] for r in runs] == [0, 1, 2, 3] and rejected == 0 and engine.most == 2


def test_a_repetition_that_fails_ends_the_others(tmp_path):
    told = []

    def end(job):
        if not job.repetition:
            return 3
        told.append(job.given_up.wait(60))
        return 0

    with pytest.raises(HoststackError, match="status 3"):
        kernel_runs(Kernel(end), tmp_path, 2)
    assert all(told) and len(list(tmp_path.iterdir())) <= 3


def test_how_far_a_kernel_is_is_told_by_the_captures_that_it_has_written():
    told = []
    look = _twin.progress("kernel, 1 of 2", 1000, told.append)
    for seconds, written in ((1, 10), (10, 250), (20, 500), (41, 500), (80, 2000)):
        look(seconds, written)
    assert told == ["kernel, 1 of 2: 10 s, 25 %, about 30 s more", "kernel, 1 of 2: 41 s, 50 %, about 41 s more",
                    "kernel, 1 of 2: 80 s, 99 %, about 1 s more"]
    _twin.progress("k", 0, told.append)(10, 5)
    assert told[-1] == "k: 10 s"


def test_how_far_a_later_repetition_is_is_told_by_how_long_those_before_took():
    told, took = [], []
    look = _twin.progress("kernel, 2 of 2", 0, told.append, took)
    look(10, 0)
    took.append(80.0)
    look(40, 0)
    assert told == ["kernel, 2 of 2: 10 s", "kernel, 2 of 2: 40 s, 50 %, about 40 s more"]


def test_only_the_first_run_of_a_side_writes_captures():
    assert [_twin._capture_words(number) for number in (1, 2, 3)] == [["--pcap"], [], []]


def test_a_run_that_fails_is_no_scenario_that_is_wrong():
    kinds = {status: type(_twin._refusal("f", _engine.Ended(status, "why"))).__name__ for status in (2, 3, -9, 77)}
    assert kinds == {2: "ResultsError", 3: "RunFault", -9: "RunFault", 77: "Cannot"}


def test_links_with_different_ip_versions_are_nothing_for_kernels():
    scenario = {"traffic": {"t": {"from": "a", "to": "b"}}, "hosts": {"a": {}, "b": {}}, "links": {"x": {"ip": "ipv6"}, "y": {}}}
    with pytest.raises(_twin.Cannot, match="IP version"):
        _twin.kernel_hosts(scenario)


def test_what_is_given_up_ends_at_once_and_what_is_looked_at_goes_on():
    looks = []

    def look(took):
        looks.append(took)
        return len(looks) < 2

    ended = _engine.run_bounded(["sleep", "1000"], 900, look=look)
    assert ended.status == 3 and ended.said == "given up" and len(looks) == 2
    assert _engine.run_bounded(["sh", "-c", "sleep 1.5; echo x >&2"], 900, look=lambda took: True) == _engine.Ended(0, "x")


def test_each_kernel_has_a_core_of_its_own_while_there_are_any(monkeypatch, tmp_path):
    monkeypatch.setattr(_engine.tempfile, "tempdir", str(tmp_path))
    cores = os.sched_getaffinity(0)
    with _engine.core_of_its_own() as one, _engine.core_of_its_own() as other:
        assert {one, other} <= cores and len({one, other}) == min(2, len(cores))
    monkeypatch.setattr(_engine.os, "sched_getaffinity", lambda pid: {one})
    with _engine.core_of_its_own() as again, _engine.core_of_its_own() as shared:
        assert again == shared == one


def processes_with(text):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and text in (entry / "cmdline").read_bytes().decode(errors="replace"):
                found.append(entry.name)
        except OSError:
            pass
    return found


def test_a_build_that_is_killed_takes_its_compilers_and_its_folder_along(tmp_path):
    if not _kernel_build._together():
        pytest.skip("no namespaces of processes here")
    marker = str(tmp_path / "compiler")
    code = f"""
from hoststack.twin import _kernel_build as build
def compile(version, package, work, log, jobs):
    (work / 'sources').mkdir()
    build._call(['sh', '-c', '"$@" & wait', 'sh', {sys.executable!r}, '-c', 'import time; time.sleep(1000)', {marker!r}],
                work, log, build._together())
build._candidate, build._build, build.TOOLS, build.ROOM = (lambda version: '6.12.1-1'), compile, {{}}, 0
build.provide('6.12')
"""
    with subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)},
                          stderr=subprocess.DEVNULL) as process:
        for _ in range(1000):
            if len(processes_with(marker)) > 2:
                break
            time.sleep(0.01)
        process.kill()
    for _ in range(1000):
        if not processes_with(marker) and not list(tmp_path.glob("hoststack/kernels/building-*")):
            return
        time.sleep(0.01)
    raise AssertionError(f"left: {processes_with(marker)} {list(tmp_path.glob('hoststack/kernels/building-*'))}")


def test_a_build_says_how_far_it_is(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(_kernel_build, "TOLD_EVERY_S", 0.01)
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp.o").touch()
    with _kernel_build._telling(tmp_path):
        time.sleep(0.3)
    assert "1 of some 920 files compiled" in capsys.readouterr().err
