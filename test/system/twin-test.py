#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The twin from outside, on a kernel in virtual time that is in the cache (building one is a test of its own), else
on this machine's.

Links alone against the arithmetic, the same twin twice, what cannot be played, and what is left after a kill.
Exit status 0: all well, 1: not, 77: skipped, with the reason.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOURCE = Path(os.environ.get("HOSTSTACK_SOURCE_DIR", Path(__file__).resolve().parents[2]))
SKIPPED = 77
PATIENCE = 900  # seconds for one call
RATE, DELAY, BYTES = 20e6, 0.010, 500_000
# Scenarios of the library in which kernel and model agree, short ones, or made so.
STEPS = 'traffic.transfer.bytes="512 kB"'
TEN = (
    ("reference/short100k-tcp-10M-20ms",),
    ("reference/short100k-tcp-50M-20ms",),
    ("reference/mp-short100k-50-20-and-50-20",),
    ("tcp/request-response",),
    ("tcp/connect-through-outage",),
    ("tcp/request-in-two-writes", "traffic.apart.count=10", "traffic.held.count=10", "traffic.corked.count=10"),
    ("window/reopen-after-fix", STEPS),
    ("window/reopen-before-fix", STEPS),
    ("reference/mp-pauseat1M-rb64k",),
    ("window/tcp-window-linux", STEPS),
)

# A program that sleeps on data is not woken by its own looks at it, so it takes no time from others: seconds at most
# between kernel and model. (When SIOCINQ woke it for ever, packets came up to a tick of 4 ms late.)
PUNCTUAL = {("window/reopen-after-fix", "traffic.transfer.resume.p50"): 0.0002,
            ("window/reopen-before-fix", "traffic.transfer.resume.p50"): 0.0002}


def scenario(folder, name, **traffic):
    path = folder / f"{name}.json"
    end = {"os": "linux-6.12.11"}
    way = {"rate": "20 Mbit/s", "delay": "10 ms", "queue": "1 MB"}
    path.write_text(json.dumps({
        "hoststack": 1, "name": name, "hosts": {"client": end, "server": end},
        "links": {"line": {"ends": ["client", "server"], "down": way, "up": way}},
        "traffic": {"t": {"kind": "bulk", "from": "server", "to": "client", "opened-by": "receiver",
                          "bytes": f"{BYTES} B", **traffic}}}), encoding="utf-8")
    return path


def call(*words, scratch=None, **options):
    environment = {**os.environ, **({"TMPDIR": str(scratch)} if scratch else {}), "PYTHONPATH": str(SOURCE / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(["/usr/bin/python3", "-m", "hoststack", "twin", *map(str, words)], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, **options)


def run(*words):
    with call(*words) as process:
        out, err = process.communicate(timeout=PATIENCE)
    return process.returncode, out, err


def kernel_of():
    code = ("from hoststack.twin import _kernel_build as k; import sys; sys.exit(0 if k.cached('6.12') else 1)")
    done = subprocess.run(["/usr/bin/python3", "-c", code], check=False, capture_output=True,
                          env={**os.environ, "PYTHONPATH": str(SOURCE / "python"), "PYTHONDONTWRITEBYTECODE": "1"})
    return "uml:6.12" if done.returncode == 0 else "live"


def metrics(result):
    return {v["metric"]: v for v in result["verdicts"]}


def check_links(folder, kernel, complain):
    """A transfer that slow start does not hold for long ends after the line's time for it and a few round trips."""
    status, out, err = run(scenario(folder, "line"), "--kernel", kernel, "-n", "1", "--seeds", "1", "--out", folder / "a",
                           "--json", "-q", "--late", "0.5")
    if status == SKIPPED:
        return err.strip()
    if status not in (0, 1):
        complain(f"status {status}: {err.strip()}")
        return None
    told = metrics(json.loads(out)[0])
    segment, wire = 1448, 1500
    least = BYTES / segment * wire * 8 / RATE + 3 * DELAY
    took = told["traffic.t.completion"]["kernel"][0]
    if not least <= took <= least + (0.2 if kernel != "live" else 2):
        complain(f"{BYTES} bytes took {took} s, the line alone {least} s")
    connect = told["traffic.t.connect"]["kernel"][0]
    if not 2 * DELAY <= connect <= 2 * DELAY + (0.001 if kernel != "live" else 0.5):
        complain(f"a handshake took {connect} s, the line alone {2 * DELAY} s")
    summary = json.loads((folder / "a/line/kernel/1/line/summary.json").read_text(encoding="utf-8"))
    if summary["metrics"]["traffic.t.content-errors"] != 0:
        complain("bytes were not those that were written")
    if not any(s["key"] == "tcp.sack" and s["state"] == "applied" for s in summary["settings"]):
        complain(f"the settings do not say that SACK is applied: {summary['settings']}")
    if kernel != "live" and summary["metrics"]["live.late.max"] > 1e-4:
        complain(f"in virtual time a packet was {summary['metrics']['live.late.max']} s late")
    return None


def check_same_twice(folder, kernel, complain):
    """In virtual time the same twin has the same figures, to the last digit: its kernels one after the other or beside
    each other, named or found by the hosts' profiles."""
    files = []
    for name, named, jobs in (("b", kernel, "1"), ("c", "uml", "2")):
        status, _, err = run(scenario(folder, "line"), "--kernel", named, "-n", "2", "-j", jobs, "--seeds", "1", "--out",
                             folder / name, "-q")
        if status not in (0, 1):
            complain(f"status {status}: {err.strip()}")
            return
        files.append([(folder / name / "line/kernel" / n / "line/summary.json").read_bytes() for n in "12"])
    if files[0] != files[1]:
        complain("the same twin twice does not give the same bytes")


def check_library(folder, kernel, complain):
    """Ten scenarios, one repetition and one seed each: what is judged agrees, by the tolerance of each."""
    for name, *sets in TEN:
        words = [word for text in sets for word in ("--set", text)]
        status, out, err = run(SOURCE / "scenarios" / f"{name}.json", "--kernel", kernel, "-n", "1", "--seeds", "1", "--out",
                               folder / "ten", "--json", "-q", *words)
        if status not in (0, 1):
            complain(f"{name}: status {status}: {err.strip()}")
            continue
        for verdict in json.loads(out)[0]["verdicts"]:
            if verdict["judged"] and verdict["verdict"] == "differs":
                complain(f"{name}: {verdict['metric']}: kernel {verdict['kernel']}, model {verdict['model']}")
            most = PUNCTUAL.get((name, verdict["metric"]))
            if most and abs(verdict["kernel"][0] - verdict["model"][0]) > most:
                complain(f"{name}: {verdict['metric']}: kernel {verdict['kernel']}, model {verdict['model']}, apart by "
                         f"more than {most} s")


def check_ordinary_user(folder, complain):
    """Somebody without rights has a kernel in virtual time, too."""
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if os.getuid() != 0 or not shutil.which("setpriv"):
        return
    home = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        home.chmod(0o777)
        kernels = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hoststack/kernels"
        shutil.copytree(kernels, home / "cache/hoststack/kernels")
        for path in (home, *home.rglob("*")):
            path.chmod(0o777 if path.is_dir() or path.name == "linux" else 0o666)
        path = scenario(home, "line", bytes="50 kB")
        path.chmod(0o644)
        program = os.environ["HOSTSTACK_CLI"]
        may = subprocess.run([*nobody, program, "--version"], check=False, capture_output=True).returncode == 0
        if not may or subprocess.run([*nobody, "unshare", "--user", "--pid", "--fork", "true"], check=False,
                                     capture_output=True).returncode != 0:
            print("an ordinary user is left out: may not run the program, or have namespaces")
            return
        done = subprocess.run([*nobody, "/usr/bin/python3", "-m", "hoststack", "twin", path, "--kernel", "uml", "-n", "1",
                               "--seeds", "1", "--out", home / "out", "-q"], check=False, capture_output=True, text=True, timeout=PATIENCE,
                              env={**os.environ, "XDG_CACHE_HOME": str(home / "cache"), "TMPDIR": str(home), "HOME": str(home),
                                   "PYTHONPATH": str(SOURCE / "python"), "PYTHONDONTWRITEBYTECODE": "1"})
        if done.returncode != 0 or "agrees" not in done.stdout:
            complain(f"an ordinary user: status {done.returncode}: {done.stderr.strip()}")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def proxied(folder):
    """A download through two proxies over a line between them, a ping and datagrams over the same line beside it."""
    path = folder / "proxied.json"
    end = {"os": "linux-6.12.11"}
    box = {**end, "mptcp": {}, "proxy": {"program": "shadowsocks-rust"}}
    way = {"rate": "20 Mbit/s", "delay": "10 ms", "queue": "1 MB"}
    lan = {"rate": "1 Gbit/s", "delay": "0 ms"}
    path.write_text(json.dumps({
        "hoststack": 1, "name": "proxied", "run": {"duration": "10 s"},
        "hosts": {"client": end, "router": box, "vps": box, "server": end},
        "links": {"lan": {"ends": ["client", "router"], "down": lan, "up": lan},
                  "wan": {"ends": ["router", "vps"], "down": way, "up": way},
                  "net": {"ends": ["vps", "server"], "down": way, "up": way}},
        "traffic": {"down": {"kind": "bulk", "from": "server", "to": "client", "opened-by": "receiver",
                             "through": ["vps", "router"], "bytes": f"{BYTES} B"},
                    "echo": {"kind": "ping", "from": "router", "to": "vps", "every": "100 ms", "count": 3, "start": "5 s"},
                    "voice": {"kind": "constant-rate", "from": "vps", "to": "router", "rate": "1 Mbit/s", "packet-size": "500 B",
                              "duration": "1 s", "start": "6 s"}}}), encoding="utf-8")
    return path


def check_proxies(folder, kernel, complain):
    """Four kernels: the tunnel between the proxies has as many bytes as its chunks make, and all else as the model."""
    status, out, err = run(proxied(folder), "--kernel", kernel, "-n", "1", "--seeds", "1", "--out", folder / "e", "--json", "-q")
    if status not in (0, 1):
        complain(f"proxies: status {status}: {err.strip()}")
        return
    told = metrics(json.loads(out)[0])
    value = {name: verdict["kernel"][0] for name, verdict in told.items() if verdict["kernel"]}
    # SIP022: 34 bytes for each chunk, 91 before the first one; of the VPS's unsealings one is the request.
    wire = BYTES + 34 * (value["traffic.down.through.vps.chunks"] - 1) + 91
    if value["traffic.down.legs.vps-router.bytes"] != wire:
        complain(f"{value['traffic.down.legs.vps-router.bytes']} bytes in the tunnel, its chunks make {wire}")
    exact = {"traffic.down.through.vps.sealed": BYTES, "traffic.down.through.router.unsealed": BYTES,
             "traffic.echo.lost": 0, "traffic.voice.lost": 0, "traffic.voice.received": 250,
             "traffic.voice.bytes": 125_000}
    for name, wanted in exact.items():
        if value[name] != wanted:
            complain(f"proxies: {name} is {value[name]}, expected {wanted}")
    for name in ("traffic.down.first-byte", "traffic.down.completion", "traffic.echo.delay.min", "traffic.voice.delay.mean"):
        if told[name]["verdict"] != "same":
            complain(f"proxies: {name}: kernel {told[name]['kernel']}, model {told[name]['model']}")


def processes_with(text):
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and text in (entry / "cmdline").read_bytes().decode(errors="replace"):
                found.append(entry.name)
        except OSError:
            pass
    return found


def check_kill(folder, kernel, complain):
    """Killed in each phase, it leaves no process and no network device."""
    devices = sorted(os.listdir("/sys/class/net"))
    # Before the model runs, while it does, and while the kernel starts and carries data.
    for number, after in enumerate((0.3, 1.0, 2.5, 4.0)):
        place = folder / f"kill-{number}"
        with call(scenario(folder, "long", bytes="20 MB"), "--kernel", kernel, "-n", "2", "-j", "2", "--seeds", "1", "--out",
                  place, "-q", scratch=folder, start_new_session=True) as process:
            time.sleep(after)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
        for _ in range(100):
            left = processes_with(str(folder))
            if not left:
                break
            time.sleep(0.1)
        if left:
            complain(f"killed after {after} s: processes are left: {' '.join(left)}")
        folders = [*folder.glob("hoststack-uml-*"), *place.glob(".new-*")]
        for _ in range(100):
            if not any(f.exists() for f in folders):
                break
            time.sleep(0.1)
        else:
            complain(f"killed after {after} s: folders are left: {folders}")
    if sorted(os.listdir("/sys/class/net")) != devices:
        complain("network devices are left")


def check_refusals(folder, complain):
    path = scenario(folder, "freebsd")
    status, _, err = run(path, "--set", 'hosts.client.os="freebsd-14-rack"', "--seeds", "1", "--out", folder / "d", "-q")
    if status != SKIPPED or "freebsd" not in err:
        complain(f"a FreeBSD host: status {status}, {err.strip()}")
    status, _, err = run(path, "--kernel", "uml:9.9", "--seeds", "1", "--out", folder / "d", "-q")
    if status != 2 or "uml:6.12" not in err:
        complain(f"an unknown kernel: status {status}, {err.strip()}")
    status, _, err = run(folder / "none.json", "--out", folder / "d", "-q")
    if status != 2 or "none.json" not in err:
        complain(f"a missing file: status {status}, {err.strip()}")


def main():
    if not os.environ.get("HOSTSTACK_CLI"):
        print("skipped: no hoststack-cli (HOSTSTACK_CLI)")
        return SKIPPED
    if subprocess.run(["/usr/bin/python3", "-c", "import scipy, pandas, jinja2"], check=False, capture_output=True).returncode:
        print("skipped: python3-scipy, python3-pandas or python3-jinja2 is not installed")
        return SKIPPED
    failures = []

    def complain(text):
        failures.append(text)
        print("FAIL:", text)

    kernel = kernel_of()
    print("kernel:", kernel)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        check_refusals(folder, complain)
        skipped = check_links(folder, kernel, complain)
        if skipped:
            print("skipped:", skipped)
            return 1 if failures else SKIPPED
        if kernel != "live":
            check_same_twice(folder, kernel, complain)
            check_ordinary_user(folder, complain)
            check_proxies(folder, kernel, complain)
            check_library(folder, kernel, complain)
        else:
            print("ten scenarios are left out: no kernel in virtual time is built (./hoststack twin --kernel uml:6.12)")
        check_kill(folder, kernel, complain)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
