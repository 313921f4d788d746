# SPDX-License-Identifier: GPL-2.0-only
"""JUnit XML as GitHub's reporters, GitLab and Jenkins read it: GitLab takes the class name for the suite,
shows an element's text and counts a name once."""

from __future__ import annotations

import dataclasses
import re
import xml.etree.ElementTree as ET
from typing import Optional

# What XML 1.0 has no way to say.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Case:
    """One thing that is checked. `kind` is "", "failure", "error" or "skipped"."""

    name: str
    kind: str = ""
    message: str = ""
    text: str = ""


@dataclasses.dataclass
class Suite:
    """One scenario."""

    name: str
    file: str
    cases: list[Case]
    properties: dict[str, str]
    seconds: float = 0.0


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)


def _count(cases: list[Case], kind: Optional[str] = None) -> str:
    return str(sum(kind is None or c.kind == kind for c in cases))


def document(suites: list[Suite]) -> bytes:
    """The file's bytes."""
    every = [c for s in suites for c in s.cases]
    root = ET.Element("testsuites", name="hoststack", tests=_count(every),
                      failures=_count(every, "failure"), errors=_count(every, "error"),
                      skipped=_count(every, "skipped"), time=f"{sum(s.seconds for s in suites):.3f}")
    for suite in suites:
        node = ET.SubElement(root, "testsuite", name=_clean(suite.name), tests=_count(suite.cases),
                             failures=_count(suite.cases, "failure"),
                             errors=_count(suite.cases, "error"),
                             skipped=_count(suite.cases, "skipped"), time=f"{suite.seconds:.3f}")
        properties = ET.SubElement(node, "properties")
        for name, value in suite.properties.items():
            ET.SubElement(properties, "property", name=_clean(name), value=_clean(value))
        used: dict[str, int] = {}
        for case in suite.cases:
            used[case.name] = used.get(case.name, 0) + 1
            name = case.name if used[case.name] == 1 else f"{case.name} ({used[case.name]})"
            element = ET.SubElement(node, "testcase", classname=_clean(suite.name), name=_clean(name),
                                    time="0", file=_clean(suite.file))
            if case.kind:
                told = ET.SubElement(element, case.kind, message=_clean(case.message))
                if case.kind != "skipped":
                    told.set("type", case.kind)
                told.text = _clean(case.text or case.message)
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"
