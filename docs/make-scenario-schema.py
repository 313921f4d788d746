#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes into scenarios/schema/scenario.schema.json what tables of the program say.

These are the settings of TCP, the cost table and the kinds of traffic with the keys that they bring; the program
prints them (`list schema`). The program itself always goes by its tables; the file is for editors
and for docs/scenario-reference.md, and a test holds it to them. Afterwards run
docs/make-scenario-reference.py."""

import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "scenarios" / "schema" / "scenario.schema.json"
INDENT = " " * 8


def line(key, value):
    return f"{INDENT}{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}"


def properties_of(lines, definition):
    """Where the properties of a definition begin and end."""
    begin = lines.index(f'    "{definition}": {{')
    first = lines.index('      "properties": {', begin) + 1
    return first, lines.index("      }", first)


def main():
    if sys.argv[1:]:
        sys.exit(__doc__)
    program = os.environ.get("HOSTSTACK_CLI")
    command = [program] if program else [ROOT / "hoststack"]
    parts = json.loads(subprocess.run([*command, "list", "schema"], check=True,
                                      capture_output=True, text=True).stdout)
    lines = SCHEMA.read_text(encoding="utf-8").splitlines()
    first, last = properties_of(lines, "tcp")
    lines[first:last] = ",\n".join(line(*item) for item in parts["tcp"].items()).splitlines()

    first, last = properties_of(lines, "costs")
    lines[first:last] = ",\n".join(line(*item) for item in parts["costs"].items()).splitlines()

    first, last = properties_of(lines, "traffic")
    old = {key for key in parts["keys"]}
    kept = [text for text in lines[first:last]
            if not any(text.startswith(f'{INDENT}"{key}": ') for key in old)]
    kind = next(i for i, text in enumerate(kept) if text.startswith(f'{INDENT}"kind": '))
    kept[kind] = re.sub(r'"enum": \[[^]]*\]', f'"enum": {json.dumps(parts["kinds"])}', kept[kind])
    own = [f"{line(*item)}," for item in parts["keys"].items()]
    place = next(i for i, text in enumerate(kept) if text.startswith(f'{INDENT}"tcp": '))
    lines[first:last] = kept[:place] + own + kept[place:]
    SCHEMA.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
