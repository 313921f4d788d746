#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Rules of the tree that a compiler does not check.

Licence lines, file names, leftover notes, which room may include which, and sizes: lines of a file and
of a function (less the tables in it), members and flags of a class or struct. One without member functions
is a record; these limits are not for records. --report lists also what is excused.
"""

import argparse
import pathlib
import re
import subprocess
import sys

from source_sizes import measure

ROOT = pathlib.Path(__file__).resolve().parent.parent
MODEL = ["base", "wire", "tcp", "mptcp", "host", "pacing", "link", "offload", "program", "nic", "socket", "app"]
HELPER = ["metric", "read", "result", "install", "build", "run", "live", "cli"]
# A file includes files of its own room and of rooms before it.
ROOMS = MODEL + HELPER
NO_NS3 = set(MODEL[: MODEL.index("nic")]) | {"metric", "read", "result"}
# These see a transport only through what they are handed.
NO_TRANSPORT = {"host", "pacing", "link", "offload", "nic"}
LICENSED = {".cc", ".h", ".py", ".sh", ".cmake"}
MAX_LINES = 600
MAX_FUNCTION_LINES = 100
MAX_MEMBERS = 40
MAX_FLAGS = 10
# Where something is over a limit still: the beginnings of "file" or "file: function or class". This
# list only shrinks.
EXCUSED = ()
NAME = re.compile(r"hs-[a-z0-9]+(-[a-z0-9]+)*\.(h|cc)")
# Split so that this file does not accuse itself.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
INCLUDE = re.compile(r'^\s*#\s*include\s+["<](ns3/[^">]+)[">]')


def room_of(path):
    """The room of a source file, or None outside model/ and helper/."""
    parts = path.parts
    return parts[1] if parts[0] in {"model", "helper"} and len(parts) > 2 else None


def check_includes(path, number, line, header_rooms, arrows, complain):
    match = INCLUDE.match(line)
    if not match:
        return
    header = match.group(1)[len("ns3/"):]
    if header.endswith("-module.h"):
        complain(f"{path}:{number}: ns3/{header} doubles the compile time; include single headers")
    room = room_of(path)
    if room is None:
        return
    if not header.startswith("hs-"):
        if room in NO_NS3:
            complain(f"{path}:{number}: room {room} knows no ns-3, but includes ns3/{header}")
        return
    other = header_rooms.get(header)
    if other != room:
        arrows.setdefault(room, set()).add(other)
    if other is None:
        complain(f"{path}:{number}: no header of this project is named {header}")
    elif ROOMS.index(other) > ROOMS.index(room):
        complain(f"{path}:{number}: room {room} includes ns3/{header} of the later room {other}")
    elif room in NO_TRANSPORT and other in {"tcp", "mptcp"}:
        complain(f"{path}:{number}: room {room} includes ns3/{header} of the transport room {other}")
    elif room in NO_NS3 and other not in NO_NS3:
        complain(f"{path}:{number}: room {room} knows no ns-3, but includes ns3/{header} of {other}")


def oversized(path, text):
    """What in a file is over a limit: its name, and by how much."""
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield str(path), f"{lines} lines; a file has one idea and at most {MAX_LINES}"
    if path.suffix not in {".h", ".cc"}:
        return
    functions, classes = measure(text)
    for function in functions:
        if function.length > MAX_FUNCTION_LINES:
            yield (f"{path}: {function.name}",
                   f"{function.length} lines from line {function.line} on; a function has at most "
                   f"{MAX_FUNCTION_LINES}, not counting tables")
    for each in classes:
        if each.methods and (each.members > MAX_MEMBERS or each.flags > MAX_FLAGS):
            yield (f"{path}: {each.name}",
                   f"{each.members} members, {each.flags} of them flags; a class has at most "
                   f"{MAX_MEMBERS} and {MAX_FLAGS}")


def print_graph(arrows, files):
    """Each room, how many files it has, and the earlier rooms that it uses."""
    count = {room: sum(room_of(path) == room for path in files) for room in ROOMS}
    for room in filter(count.get, ROOMS):
        uses = sorted(arrows.get(room, set()) & set(ROOMS), key=ROOMS.index)
        ns3 = "" if room in NO_NS3 else ", ns-3"
        print(f"  {room:8}{count[room]:4} files{ns3:8} {'-> ' + ' '.join(uses) if uses else ''}".rstrip())


def main():
    parser = argparse.ArgumentParser(description="Rules of the tree that a compiler does not check.")
    parser.add_argument("--report", action="store_true", help="list what is excused, too")
    report = parser.parse_args().report
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()
    files = sorted(p for p in map(pathlib.Path, listed) if (ROOT / p).is_file())
    problems = []
    complain = problems.append

    header_rooms = {}
    seen = {}
    for path in files:
        if path.suffix in {".h", ".cc"} and path.parts[0] in {"model", "helper"}:
            if not NAME.fullmatch(path.name):
                complain(f"{path}: source files are named hs-<kebab-name>.h or .cc")
            if path.name in seen:
                complain(f"{path}: {seen[path.name]} has the same name; names are unique")
            seen[path.name] = path
            room = room_of(path)
            if room not in (MODEL if path.parts[0] == "model" else HELPER):
                complain(f"{path}: its folder is not a room of {path.parts[0]}/")
            elif path.suffix == ".h":
                header_rooms[path.name] = room

    arrows = {}
    needed = set()
    for path in files:
        first = (ROOT / path).open("rb").read(2)
        is_script = first == b"#!"
        if not (path.suffix in LICENSED or path.name == "CMakeLists.txt" or is_script):
            continue
        text = (ROOT / path).read_text(encoding="utf-8")
        lines = text.splitlines()
        if not any("SPDX-License-Identifier: GPL-2.0-only" in line for line in lines[:3]):
            complain(f"{path}: no line SPDX-License-Identifier: GPL-2.0-only at the top")
        for what, size in oversized(path, text):
            excuses = [start for start in EXCUSED if what.startswith(start)]
            needed.update(excuses)
            if not excuses:
                complain(f"{what}: {size}")
            elif report:
                print(f"  excused: {what}: {size}")
        for number, line in enumerate(lines, 1):
            if LEFTOVER.search(line):
                complain(f"{path}:{number}: leftover note: {line.strip()}")
            if path.suffix in {".h", ".cc"}:
                check_includes(path, number, line, header_rooms, arrows, complain)

    print_graph(arrows, files)
    for start in sorted(set(EXCUSED) - needed):
        print(f"  nothing there is over a limit any more, take it out of EXCUSED: {start}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
