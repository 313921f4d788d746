# SPDX-License-Identifier: GPL-2.0-only
"""What the package's tests share."""

import copy
import os
import pathlib

import pytest

pytest.importorskip("numpy", reason="python3-numpy is not installed")
pytest.importorskip("pandas", reason="python3-pandas is not installed")

SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])

_SHORT = {
    "hoststack": 1,
    "name": "short",
    "run": {"duration": "2 s", "seed": 1},
    "hosts": {"client": {}, "server": {}},
    "links": {"path": {"ends": ["client", "server"],
                       "down": {"rate": "20 Mbit/s", "delay": "10 ms"},
                       "up": {"rate": "5 Mbit/s", "delay": "10 ms"}}},
    "traffic": {"download": {"kind": "bulk", "from": "server", "to": "client", "bytes": "300 kB"}},
}

_MULTIPATH = {
    "hoststack": 1,
    "name": "multipath",
    "run": {"duration": "2 s", "seed": 1},
    "hosts": {"client": {"mptcp": {}}, "server": {"mptcp": {}}},
    "links": {
        name: {"ends": ["client", "server"], "down": {"rate": rate, "delay": delay},
               "up": {"rate": rate, "delay": delay}}
        for name, rate, delay in (("fast", "20 Mbit/s", "10 ms"), ("slow", "5 Mbit/s", "30 ms"))
    },
    "traffic": {"download": {"kind": "bulk", "from": "server", "to": "client", "bytes": "2 MB",
                             "link": "fast"}},
}


@pytest.fixture
def short():
    """A transfer that takes some 20 ms to simulate."""
    return copy.deepcopy(_SHORT)


@pytest.fixture
def multipath():
    """A transfer over two paths."""
    return copy.deepcopy(_MULTIPATH)


@pytest.fixture(scope="session")
def library():
    return SOURCE / "scenarios"
