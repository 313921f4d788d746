#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every value in every profile says where it is from.

usage: check-profiles.py [FOLDER ...]     (default: scenarios/profiles)

A source belongs to a leaf by its dotted path ("down.behaviours.0.slot"), or to all leaves below
the path it names. It begins with measured:, published:, derived: or estimate: and goes on.
Exit status: 0 all well, 1 something lacks a source, 2 a file cannot be read.
"""

import json
import pathlib
import sys

META = {"$schema", "hoststack-profile", "kind", "name", "about", "extends", "sources"}
TAGS = ("measured:", "published:", "derived:", "estimate:")


def leaves(value, path=""):
    """Yields the dotted path of each leaf."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield path
        return
    for key, inner in items:
        yield from leaves(inner, f"{path}.{key}" if path else str(key))


def covering(path, sources):
    """The source paths that speak for this leaf."""
    return [s for s in sources if path == s or path.startswith(s + ".")]


def faults(file, document):
    """Yields what is wrong with one profile."""
    if document.get("name") != file.stem:
        yield f'"name" is {document.get("name")!r}, the file is called {file.stem!r}'
    if document.get("kind") != file.parent.name:
        yield f'"kind" is {document.get("kind")!r}, the folder is called {file.parent.name!r}'
    sources = document.get("sources", {})
    body = {k: v for k, v in document.items() if k not in META}
    used = set()
    for path in leaves(body):
        found = covering(path, sources)
        if not found:
            yield f'"{path}" has no source'
        used.update(found)
    for path, text in sources.items():
        if path not in used:
            yield f'the source "{path}" belongs to nothing'
        tag = next((t for t in TAGS if text.startswith(t)), None)
        if tag is None:
            yield f'the source of "{path}" must begin with one of {" ".join(TAGS)}'
        elif len(text) <= len(tag) + 2:
            yield f'the source of "{path}" says only "{text}"'


def main(folders):
    root = pathlib.Path(__file__).resolve().parents[2]
    folders = [pathlib.Path(f) for f in folders] or [root / "scenarios" / "profiles"]
    files = sorted(f for folder in folders for f in folder.rglob("*.json"))
    if not files:
        print("no profiles in " + ", ".join(map(str, folders)), file=sys.stderr)
        return 2
    bad = 0
    for file in files:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            print(f"{file}: {error}", file=sys.stderr)
            return 2
        for fault in faults(file, document):
            print(f"{file}: {fault}", file=sys.stderr)
            bad += 1
    print(f"{len(files)} profiles, {bad} faults")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
