# SPDX-License-Identifier: GPL-2.0-only
"""Runs a scenario on kernels and in the model, and lays one beside the other."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import json
import math
import os
import pathlib
import shutil
import threading
import time
from typing import Any, Callable, NamedTuple, Optional, Sequence, Union

from ..errors import ResultsError, RunFault
from . import _traces
from ._cannot import Cannot
from ._compare import SHARE, Verdict, compare
from ._engine import Ended, Job, Live, Virtual, captured, check_kernel, engine_of, release_named, run_bounded, uml_for
from ._kernel_source import FIXES, FIXES_OF
from ._played import device_settings, device_words, ends_of
from ._scratch import scratch
from ._units import units_of

REPETITIONS = 5
SEEDS = 5
MOST = 100
TRIES = 4  # runs in real time per repetition that is wanted, those included in which the machine stood still
MODEL_S = 3600
SPREAD_S = 0.004  # over which runs begin: what a moment decides is no single figure on either side
DURATION = "60 s"  # run.duration without a word
# A packet that is later than this share of the shortest round trip, or than LATE_S, means that the machine stood
# still: what the kernel measures of time is then the machine's.
LATE_SHARE = 0.1
LATE_S = 0.002
FIRST_TOLD_S = 10  # of a kernel's run, until a line says how far it is
TOLD_EVERY_S = 30

Path = Union[str, "os.PathLike[str]"]


@dataclasses.dataclass
class Twin:
    """What came of it.

    Attributes:
        name: of the scenario.
        kernel: which one played it, and in which time.
        verdicts: per metric.
        partings: where packet traces part, the earliest first.
        settings: what became of each setting ("applied", "differs", "impossible").
        expectations: of the scenario, with how many repetitions meet each on the kernel.
        rejected: repetitions in which the machine stood still, and which do not count.
        lateness_s: how late packets were at the kernel's devices, at most, in each that counts.
        folder: of both sides' results.
        before: names of the fixes that were taken out of the kernel.
    """

    name: str
    kernel: str
    verdicts: list[Verdict]
    partings: list[_traces.Parting]
    settings: list[dict[str, Any]]
    expectations: list[dict[str, Any]]
    rejected: int
    lateness_s: list[float]
    folder: pathlib.Path
    before: Sequence[str] = ()

    @property
    def agrees(self) -> bool:
        """All that is judged is the same, or alike."""
        return all(v.agrees for v in self.verdicts if v.judged)

    @property
    def text(self) -> str:
        from ._text import text_of

        return text_of(self)

    def as_json(self) -> dict[str, Any]:
        return {"hoststack-twin": 1, "name": self.name, "kernel": self.kernel, "before": list(self.before),
                "agrees": self.agrees,
                "rejected": self.rejected, "late-max-s": self.lateness_s,
                "verdicts": [v.as_json() for v in self.verdicts],
                "expectations": self.expectations, "settings": self.settings,
                "partings": [p.as_json() for p in self.partings]}


def program_of() -> str:
    program = os.environ.get("HOSTSTACK_CLI", "")
    if not program:
        raise ResultsError("HOSTSTACK_CLI names no program: call this as './hoststack twin'")
    return program


def _summary(folder: pathlib.Path) -> dict[str, Any]:
    found = list(folder.glob("*/summary.json"))
    if len(found) != 1:
        raise ResultsError(f"{folder}: expected the results of one run, found {len(found)}")
    told = json.loads(found[0].read_text(encoding="utf-8"))
    told["folder"] = found[0].parent
    return told


def _resolved(summary: dict[str, Any]) -> dict[str, Any]:
    return json.loads((summary["folder"] / "scenario.resolved.json").read_text(encoding="utf-8"))


def kernel_hosts(scenario: dict[str, Any]) -> list[str]:
    """The hosts that kernels play: where connections begin or end.

    Raises:
        Cannot: no kernel can play this; says why.
    """
    ends: list[str] = []
    for name, traffic in scenario.get("traffic", {}).items():
        if traffic.get("accept"):
            raise Cannot(f"traffic {name} has `accept`, which the programs on kernels do not know")
        ends += [traffic["from"], *traffic.get("through", []), traffic["to"]]
    hosts = list(dict.fromkeys(ends))
    if not hosts:
        raise Cannot("it has no traffic")
    if len({link.get("ip", "ipv4") for link in scenario.get("links", {}).values()}) > 1:
        raise Cannot("its links differ in their IP version, and the programs on kernels use one for all")
    for host in hosts:
        os_name = str(scenario["hosts"].get(host, {}).get("os", ""))
        if os_name.startswith(("freebsd", "asterinas", "rfc")):
            raise Cannot(f"host {host} is {os_name}, and the kernels here are Linux")
    return hosts


def _model(program: str, file: str, words_of: Callable[[int], Sequence[str]], seeds: Sequence[int], out: pathlib.Path,
           jobs: int, told: Callable[[str], None]) -> list[dict[str, Any]]:
    """The model's runs; the first seed's has captures."""

    def one(seed: int) -> Ended:
        return run_bounded([program, "run", file, *words_of(seed), "--seed", str(seed), *_capture_words(seed), "--quiet",
                            "--out", str(out / f"seed-{seed}")], MODEL_S)

    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for seed, ended in zip(seeds, pool.map(one, seeds)):
            if ended.status not in (0, 1):
                raise _refusal(file, ended)
            told(f"model, seed {seed}")
    return [_summary(out / f"seed-{seed}") for seed in seeds]


def _capture_words(number: int) -> list[str]:
    """Traces are compared of the first run of each side; of others nobody reads them."""
    return ["--pcap"] if number == 1 else []


def _refusal(file: str, ended: Ended) -> Exception:
    if ended.status == 77:
        return Cannot(ended.said.removeprefix("skipped: "))
    kind = ResultsError if ended.status == 2 else RunFault
    return kind(f"{file}: the run ended with status {ended.status}\n{ended.said}")


def _bound_of_lateness(model: Sequence[dict[str, Any]]) -> float:
    least = [v for run in model for n, v in run["metrics"].items()
             if n.startswith("traffic.") and n.endswith(".rtt.min") and v]
    return max(LATE_S, LATE_SHARE * min(least, default=0.0))


def _beside_each_other(engine: "Live | Virtual", job_of: Callable[[int, pathlib.Path, Sequence[float]], Job],
                       repetitions: int, file: str, out: pathlib.Path, jobs: int,
                       told: Callable[[str], None]) -> list[dict[str, Any]]:
    """The kernel's runs, as many at once as `jobs`: each has a time of its own."""
    given_up = threading.Event()
    took: list[float] = []

    def one(number: int) -> dict[str, Any]:
        folder = out / str(number)
        begin = time.monotonic()
        ended = engine.run(job_of(number, folder, took)._replace(given_up=given_up))
        if ended.status not in (0, 1):
            raise _refusal(file, ended)
        took.append(time.monotonic() - begin)
        told(f"kernel, {number} of {repetitions}: done in {took[-1]:.0f} s")
        return _summary(folder)

    with concurrent.futures.ThreadPoolExecutor(min(jobs, repetitions)) as pool:
        running = [pool.submit(one, number) for number in range(1, repetitions + 1)]
        try:
            for done in concurrent.futures.as_completed(running):
                done.result()
        except BaseException:
            given_up.set()
            pool.shutdown(cancel_futures=True)
            raise
    return [done.result() for done in running]


def progress(what: str, whole: int, told: Callable[[str], None], took: Sequence[float] = ()) -> Callable[[float, int], None]:
    """Tells now and then how far a run has come, by the captures that it has written of those that the model wrote; where
    it writes none, by how long runs before it took.

    Args:
        what: runs.
        whole: bytes of the model's captures; 0: this run writes none.
        took: seconds of the runs that have ended by then.
    """
    next_at: float = FIRST_TOLD_S

    def look(seconds: float, written: int) -> None:
        nonlocal next_at
        if seconds < next_at:
            return
        next_at = seconds + TOLD_EVERY_S
        share = written / whole if whole else seconds / max(took, default=math.inf)
        share = min(share, 0.99)
        left = f", {100 * share:.0f} %, about {seconds * (1 - share) / share:.0f} s more" if share >= 0.01 else ""
        told(f"{what}: {seconds:.0f} s{left}")

    return look


def _kernel(engine: "Live | Virtual", job_of: Callable[[int, pathlib.Path, Sequence[float]], Job], repetitions: int,
            file: str, bound: float, out: pathlib.Path, jobs: int,
            told: Callable[[str], None]) -> tuple[list[dict[str, Any]], int]:
    """The kernel's runs that count, and how many did not."""
    if engine.isolated:
        return _beside_each_other(engine, job_of, repetitions, file, out, jobs, told), 0
    good: list[dict[str, Any]] = []
    rejected = 0
    took: list[float] = []
    with engine.turn():
        while len(good) < repetitions:
            number = len(good) + 1
            folder = out / str(number)
            begin = time.monotonic()
            ended = engine.run(job_of(number, folder, took))
            if ended.status not in (0, 1):
                raise _refusal(file, ended)
            took.append(time.monotonic() - begin)
            summary = _summary(folder)
            late = summary["metrics"].get("live.late.max") or 0.0
            if late > bound:
                rejected += 1
                told(f"kernel, {number}: the machine stood still for {late * 1000:.1f} ms, tried again")
                shutil.rmtree(folder)
                if rejected + len(good) >= TRIES * repetitions:
                    raise Cannot(f"this machine is too busy for real time: in {rejected} of {rejected + len(good)} runs "
                                 f"packets were more than {bound * 1000:.1f} ms late; --kernel uml:6.12 needs no "
                                 "quiet machine")
                continue
            told(f"kernel, {number} of {repetitions}")
            good.append(summary)
    return good, rejected


def tcp_mem_of(metrics: dict[str, Any], hosts: Sequence[str]) -> tuple[int, ...]:
    """net.ipv4.tcp_mem, in pages of 4096 bytes, for the hosts whose memory is limited in the model: one kernel plays
    them all, so it has as much as they have together. Empty: none is limited.

    Args:
        metrics: of a run of the model.
        hosts: those that the kernel plays.
    """
    names = ("least", "pressure", "most")
    limited = [host for host in hosts if metrics.get(f"hosts.{host}.memory.threshold.pressure")]
    return tuple(sum(int(metrics[f"hosts.{host}.memory.threshold.{name}"]) for host in limited) // 4096
                 for name in names) if limited else ()


def _with_memory(settings: Sequence[dict[str, Any]], tcp_mem: Sequence[int], isolated: bool) -> list[dict[str, Any]]:
    """The settings with what became of memory, which the kernel's side cannot know."""
    if not tcp_mem or not isolated:
        return list(settings)
    shared = f"net.ipv4.tcp_mem = {' '.join(map(str, tcp_mem))} pages"
    limited = {s["host"] for s in settings if s["key"] == "memory"}
    told = [{**s, "state": "differs", "detail": f"{shared}, which both ends share"} if s["key"] == "memory" else s
            for s in settings]
    others = sorted({s["host"] for s in settings} - limited)
    return told + [{"host": host, "key": "memory", "wanted": "without a limit", "state": "impossible",
                    "detail": f"{shared}, that of {' and '.join(sorted(limited))}; its queues count there"} for host in others]


def _expectations(kernel: Sequence[dict[str, Any]], model: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    told = []
    for place, one in enumerate(kernel[0]["expectations"]):
        mets = [run["expectations"][place]["met"] for run in kernel]
        known = [m for m in mets if m is not None]
        told.append({"metric": one["metric"], "expected": one["expected"], "judged-in": len(known),
                     "met-in": sum(known), "met-by-model-in": sum(bool(run["expectations"][place]["met"]) for run in model),
                     "because": one.get("because", "")})
    return told


def _partings(kernel: dict[str, Any], model: dict[str, Any], hosts: Sequence[str]) -> list[_traces.Parting]:
    found: dict[tuple[str, int], _traces.Parting] = {}
    for host in hosts:
        files = [side["folder"] / f"{host}.pcapng" for side in (kernel, model)]
        if all(f.exists() for f in files):
            here, there = (_traces.streams_of(file) for file in files)
            first = _traces.parting(here, there)
            for one in ([first] if first and first.kind == "subflows" else []) + _traces.all_partings(here, there):
                key = (one.stream, one.number)
                if key not in found or one.at < found[key].at:
                    found[key] = one._replace(stream=f"{one.stream}, seen at {host}")
    return sorted(found.values(), key=lambda p: p.at)


def twin(scenario: Path, *, kernel: str = "live", repetitions: int = REPETITIONS, seeds: int = SEEDS,
         sets: Sequence[str] = (), before: Optional[Sequence[str]] = None, out: Path = "results/twin",
         share: float = SHARE, late: Optional[float] = None, jobs: Optional[int] = None,
         told: Callable[[str], None] = lambda text: None) -> Twin:
    """Runs a scenario on real kernels at both ends, and in the model, and compares.

    Args:
        scenario: path of a scenario file.
        kernel: "live" (this machine's, in real time), "uml:6.12", "uml:6.1" (built once, in virtual time), or "uml": the
            one of these that the hosts' profiles name.
        repetitions: of the kernel. Each begins a part of 4 ms later than the one before, and in virtual time at
            another phase of the kernel's clock tick.
        seeds: how many of the model; each begins later, too.
        sets: values laid over the scenario, as --set takes them.
        before: names of fixes to take out of the kernel; without it, those that the hosts' profiles do not have.
        out: folder; the results are below it in a folder of the scenario's name.
        share: of a median that may lie between the two where the scenario gives no tolerance.
        late: seconds that a packet may be late before a run in real time does not count; without it, a tenth of
            the shortest round trip, and 2 ms at least.
        jobs: runs at once where they do not disturb each other; without it one per core, of kernels one less.
        told: called with a line for each run that is done.

    Raises:
        Cannot: this machine, or any kernel, cannot play it.
        ResultsError: a run failed.
    """
    program = program_of()
    file = os.fspath(scenario)
    if not 1 <= repetitions <= MOST or not 1 <= seeds <= MOST:
        raise ValueError(f"expected 1 to {MOST} repetitions and seeds")
    check_kernel(kernel, before or ())
    if os.path.isdir(file):
        raise ValueError(f"{file}: is a folder\n    expected: scenario files, such as {file.rstrip('/')}/*.json")
    os.makedirs(out, exist_ok=True)
    with scratch(".new-", pathlib.Path(out)) as folder:
        result = _twin_in(folder, program, file, _Call(kernel, repetitions, seeds, sets, before, share, late,
                                                       jobs, told))
        result.folder = pathlib.Path(out) / result.name
        shutil.rmtree(result.folder, ignore_errors=True)
        folder.rename(result.folder)
        result.folder.chmod(0o755)
    return result


class _Call(NamedTuple):
    """What twin() was asked for."""

    kernel: str
    repetitions: int
    seeds: int
    sets: Sequence[str]
    before: Optional[Sequence[str]]
    share: float
    late: Optional[float]
    jobs: Optional[int]
    told: Callable[[str], None]


def _twin_in(folder: pathlib.Path, program: str, file: str, call: _Call) -> Twin:
    words = [word for text in call.sets for word in ("--set", text)]
    cores = len(os.sched_getaffinity(0))
    laid = [*device_words(ends_of(file)), *words]
    jobs = call.jobs or cores
    model = _model(program, file, lambda seed: laid, [1], folder / "model", jobs, call.told)
    resolved = _resolved(model[0])
    model += _model(program, file, lambda seed: [*laid, *begun_later(resolved, SPREAD_S * (seed - 1) / call.seeds)],
                    range(2, call.seeds + 1), folder / "model", jobs, call.told)
    hosts = kernel_hosts(resolved)
    profiles = {host: str(resolved["hosts"].get(host, {}).get("os", "")) for host in hosts}
    kernel = uml_for(profiles) if call.kernel == "uml" else call.kernel
    known = FIXES_OF.get(kernel.removeprefix("uml:"), ())  # of others the settings tell what became of them
    before = [fix for fix in fixes_before(resolved, hosts) if fix in known] if call.before is None else call.before
    engine = engine_of(kernel, program, before)
    duration = seconds_of(resolved.get("run", {}).get("duration", DURATION))
    tcp_mem = tcp_mem_of(model[0]["metrics"], hosts)
    whole = captured(model[0]["folder"])

    def job_of(number: int, place: pathlib.Path, took: Sequence[float]) -> Job:
        later = begun_later(resolved, SPREAD_S * (number - 1) / call.repetitions)
        arguments = ["live", os.path.abspath(file), *words, *later, "--seed", "1", *_capture_words(number), "--quiet",
                     *(word for host in hosts for word in ("--kernel", host))]
        return Job(arguments, place, duration, number - 1, call.repetitions, tcp_mem,
                   progress(f"kernel, {number} of {call.repetitions}", whole if number == 1 else 0, call.told, took))

    runs, rejected = _kernel(engine, job_of, call.repetitions, file,
                             _bound_of_lateness(model) if call.late is None else call.late, folder / "kernel",
                             call.jobs or max(1, cores - 1), call.told)
    names = {n for run in (*runs, *model) for n in run["metrics"]}
    verdicts = compare([r["metrics"] for r in runs], [r["metrics"] for r in model], runs[0]["expectations"],
                       units_of(program, names), call.share)
    asked = [fix for fix in before if fix not in fixes_before(resolved, hosts)]
    settings = [*_profile_settings(profiles, engine), *_fix_settings(asked), *_with_memory(runs[0].get("settings", []), tcp_mem, engine.isolated),
                *device_settings(hosts)]
    result = Twin(runs[0]["name"], engine.name, verdicts, _partings(runs[0], model[0], hosts), settings,
                  _expectations(runs, model), rejected, [r["metrics"].get("live.late.max") or 0.0 for r in runs], folder,
                  engine.before)
    (folder / "twin.json").write_text(json.dumps(result.as_json(), indent=1) + "\n", encoding="utf-8")
    return result


def _profile_settings(profiles: dict[str, str], engine: "Live | Virtual") -> list[dict[str, Any]]:
    """Whether the kernel is of the release that each host's profile names."""
    return [{"host": host, "key": "os", "wanted": profile, "detail": engine.name.partition(",")[0],
             "state": "applied" if engine.name.startswith(f"Linux {release_named(profile)}.") else "differs"}
            for host, profile in profiles.items() if release_named(profile)]


def _fix_settings(fixes: Sequence[str]) -> list[dict[str, Any]]:
    """Fixes that the hosts' profiles have and the kernel was told to do without."""
    return [{"host": "all", "key": fix, "wanted": "in place", "state": "differs",
             "detail": f"taken out: {FIXES[fix].parameter} = Y"} for fix in fixes]


def begun_later(resolved: dict[str, Any], seconds: float) -> list[str]:
    """What is laid over a scenario so that each traffic begins `seconds` later, if it then still has time."""
    run_s = seconds_of(resolved.get("run", {}).get("duration", DURATION))
    words = []
    for name, traffic in resolved.get("traffic", {}).items():
        start = seconds_of(traffic.get("start", "0 s")) + seconds
        if seconds > 0 and start < min(run_s, seconds_of(traffic.get("stop", f"{run_s} s"))):
            pointer = name.replace("~", "~0").replace("/", "~1")
            words += ["--set", f"/traffic/{pointer}/start={round(start * 1e9)} ns"]
    return words


def seconds_of(text: str) -> float:
    """A time as scenarios write it, with any number of blanks before its unit."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return float(number) * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}[text[len(number):]]


def fixes_before(scenario: dict[str, Any], hosts: Sequence[str]) -> list[str]:
    """The fixes that the profiles of `hosts` do not have yet, by their names in the kernel's build."""
    blocks = [scenario["hosts"][host].get("mptcp", {}) for host in hosts]
    blocks = [block for block in blocks if block.get("enabled", True)]
    found = []
    if any(block.get("reopen") == "free-space" for block in blocks):
        found.append("window-update")
    if any(block.get("wake-needs-data") is False for block in blocks):
        found.append("readiness")
    if any(block.get("resync-before-data") is False for block in blocks):
        found.append("window-resync")
    if any(block.get("subflow-window-shrinks") is False for block in blocks):
        found.append("window-shrink")
    senders = [scenario["hosts"][host].get("tcp", {}).get("congestion") for host in hosts]
    if "cubic-before-6.14" in [*senders, *(block.get("congestion") for block in blocks)]:
        found.append("hystart-rounds")
    return found

