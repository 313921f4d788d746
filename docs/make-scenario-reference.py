#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes docs/scenario-reference.md from scenarios/schema/scenario.schema.json.

With --check it writes nothing and fails if the file is not what it would write."""

import json
import pathlib
import sys

DOCS = pathlib.Path(__file__).resolve().parent
SCHEMA = DOCS.parent / "scenarios" / "schema" / "scenario.schema.json"
REFERENCE = DOCS / "scenario-reference.md"

HEAD = """# Keys of a scenario

Made from `scenarios/schema/scenario.schema.json` by `docs/make-scenario-reference.py`; do not edit.
What the parts mean together, units and errors: [user guide](user-guide.md).
Names behind "a name from" are shown by `hoststack list`.
"""

# Where each definition is used; the order of the page.
SECTIONS = [
    ("scenario", None, "The file"),
    ("run", "run", "`run`"),
    ("output", "output", "`output`"),
    ("host", "host", "`hosts.NAME`"),
    ("memory", "memory", "`hosts.NAME.memory`"),
    ("kernel", "kernel", "`hosts.NAME.kernel`"),
    ("sockets", "sockets", "`hosts.NAME.kernel.sockets`"),
    ("costs", "costs", "`hosts.NAME.costs`"),
    ("endless", "endless", "`hosts.NAME.endless[]`"),
    ("nic", "nic", "`hosts.NAME.nic`"),
    ("loopback", "loopback", "`hosts.NAME.loopback`"),
    ("hpts", "hpts", "`hosts.NAME.hpts`"),
    ("tcp", "tcp", "`tcp` (of a host or of a traffic)"),
    ("mptcp", "mptcp", "`hosts.NAME.mptcp`"),
    ("endpoint", "endpoint", "`hosts.NAME.mptcp.endpoints[]`"),
    ("link", "link", "`links.NAME`"),
    ("direction", "direction", "`links.NAME.down` and `links.NAME.up`"),
    ("drop-mptcp", "drop-mptcp", "`drop-mptcp` (of a direction or of an event)"),
    ("rewrite-payload", "rewrite-payload", "`rewrite-payload` (of a direction or of an event)"),
    ("behaviour", "behaviour", "`links.NAME.down.behaviours[]`"),
    ("traffic", "traffic", "`traffic.NAME`"),
    ("writes", "writes", "`traffic.NAME.request-writes` and `traffic.NAME.response-writes`"),
    ("dispatch", "dispatch", "`dispatch.NAME`"),
    ("event", "event", "`events[]`"),
    ("expectation", "expectation", "`expect[]`"),
    ("profile", "profile", "Profile files"),
]

TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "array": "list",
}


class Schema:
    def __init__(self, document):
        self.document = document

    def resolve(self, node):
        if "$ref" not in node:
            return node
        target = self.document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return {**target, **{k: v for k, v in node.items() if k != "$ref"}}

    def value(self, node):
        """What may stand there, in a few words."""
        node = self.resolve(node)
        if "x-quantity" in node:
            text = f'{node["x-quantity"]}, e.g. `"{node["examples"][0]}"`'
            least, most = node.get("x-minimum"), node.get("x-maximum")
            if least and most:
                text += f", {least} to {most}"
            elif least or most:
                text += f", at least {least}" if least else f", at most {most}"
            return text
        if "enum" in node:
            return ", ".join(f"`{choice}`" for choice in node["enum"])
        if "x-profile" in node:
            return f'a name from `list {node["x-profile"].replace("link", "links").replace("nic", "nics")}`'
        if "x-registry" in node:
            return f'a name from `list {node["x-registry"].replace("behaviour", "behaviours").replace("scheduler", "schedulers").replace("manager", "managers").replace("proxy", "proxies")}`'
        if "x-reference" in node:
            return f'a name in `{node["x-reference"]}`'
        kinds = node["type"] if isinstance(node["type"], list) else [node["type"]]
        text = " or ".join(TYPES[kind] for kind in kinds)
        if "minimum" in node or "maximum" in node:
            text += f', {node.get("minimum", "")} to {node["maximum"]}' if "maximum" in node else \
                f', from {node["minimum"]}'
        if "maxItems" in node:
            is_fixed = node.get("minItems") == node["maxItems"]
            text += f', {"" if is_fixed else "at most "}{node["maxItems"]} entries'
        return text

    def rows(self, node, prefix=""):
        required = node.get("required", [])
        for key, raw in node["properties"].items():
            if key == "$schema":
                continue
            child = self.resolve(raw)
            default = child.get("default")
            shown = "needed" if key in required else "" if default is None else \
                f"`{json.dumps(default)}`"
            yield f"| `{prefix}{key}` | {self.value(raw)} | {shown} | {child['description']} |"
            inline = "$ref" not in raw and child.get("type") == "object"
            if inline and "properties" in child:
                yield from self.rows(child, f"{prefix}{key}.")


def make():
    schema = Schema(json.loads(SCHEMA.read_text(encoding="utf-8")))
    parts = [HEAD]
    for _, definition, title in SECTIONS:
        node = schema.document["definitions"][definition] if definition else schema.document
        parts.append(f"\n## {title}\n\n{node['description']}\n\n"
                     "| key | value | default | meaning |\n|---|---|---|---|\n"
                     + "\n".join(schema.rows(node)) + "\n")
    return "".join(parts)


def main():
    text = make()
    if sys.argv[1:] == ["--check"]:
        if not REFERENCE.exists() or REFERENCE.read_text(encoding="utf-8") != text:
            sys.exit(f"{REFERENCE.name} is not what {pathlib.Path(__file__).name} makes; run it")
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    REFERENCE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
