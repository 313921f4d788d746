# SPDX-License-Identifier: GPL-2.0-only
"""Which hosts kernels play, and what their devices are like."""

from __future__ import annotations

import json
import pathlib
from typing import Any, Sequence

from ..errors import ResultsError

# A TAP device that does not block hands on buffers that are cut out of pages and merge with what follows
# (tun_can_build_skb, tun_build_skb; Linux 6.1 to 6.18). When memory is free again, and so when a window opens, depends
# on that.
SCHEME = "build-skb"


def _laid_over(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in other.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _laid_over(result[key], value)
        else:
            result[key] = value
    return result


def document_of(path: pathlib.Path, depth: int = 0) -> dict[str, Any]:
    """A scenario with what it extends."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}  # who runs it says what is wrong
    if not isinstance(document, dict) or depth > 10:
        return {}
    bases = document.pop("extends", [])
    result: dict[str, Any] = {}
    for base in [bases] if isinstance(bases, str) else bases:
        result = _laid_over(result, document_of(path.parent / str(base), depth + 1))
    return _laid_over(result, document)


def ends_of(file: str) -> list[str]:
    """The hosts at which a scenario's traffic begins or ends, or whose proxies it leads through; in its order."""
    path = pathlib.Path(file)
    if not path.exists():
        raise ResultsError(f"{file}: there is no such file")
    traffics = document_of(path).get("traffic", {})
    found = []
    for traffic in traffics.values() if isinstance(traffics, dict) else ():
        if isinstance(traffic, dict):
            through = traffic.get("through", [])
            found += [traffic.get("from"), *(through if isinstance(through, list) else []), traffic.get("to")]
    return list(dict.fromkeys(host for host in found if isinstance(host, str)))


def device_words(hosts: Sequence[str]) -> list[str]:
    """What is laid over the model's scenario so that its hosts have the devices that the kernel's have."""
    return [word for host in hosts for word in ("--set", f'/hosts/{host}/tcp/truesize={{"scheme": "{SCHEME}"}}')]


def device_settings(hosts: Sequence[str]) -> list[dict[str, Any]]:
    """The same as records of settings."""
    return [{"host": host, "key": "tcp.truesize", "wanted": SCHEME, "state": "applied",
             "detail": "the model's, as a TAP device of the kernel's has it"} for host in hosts]
