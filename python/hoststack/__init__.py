# SPDX-License-Identifier: GPL-2.0-only
"""What happens inside the end host when traffic crosses real links: hoststack from Python::

    import hoststack
    run = hoststack.run("scenarios/links/x55-download.json", {"run.duration": "5 s"})
    run.summary                                   # a pandas frame of all numbers
    run.series("traffic.download.goodput").plot()
    run.why                                       # why it was not faster

`hoststack.library` is the folder of the scenarios that come along. Nothing heavy is imported before it is needed.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .errors import (HoststackError, Issue, MachineCannot, ResultsError, RunCancelled, RunFault, RunTimeout,
                     ScenarioError, StoreError, UnknownMetric, VariantError)

if TYPE_CHECKING:
    from ._core import (CongestionView, Endpoint, LocalEndpoint, PathManagerView, PathView, RateSampleView, ReceiveView,
                        RemoteAddress, SchedulerView, SubflowView)
    from ._run import Metrics, Run, load, resolve, run
    from ._sweep import Sweep, sweep
    from .variants import (NEVER, CongestionControl, Pacer, PathManager, Scheduler, WindowPolicy)

_WHERE = {
    **dict.fromkeys(("Scheduler", "PathManager", "WindowPolicy", "Pacer", "CongestionControl", "NEVER"),
                    "variants"),
    "sweep": "_sweep", "Sweep": "_sweep",
    "run": "_run", "load": "_run", "resolve": "_run", "Run": "_run", "Metrics": "_run",
}

__all__ = [
    "run", "load", "resolve", "sweep", "Run", "Sweep", "Metrics", "Scheduler", "PathManager", "WindowPolicy", "Pacer",
    "CongestionControl", "NEVER", "HoststackError", "Issue", "MachineCannot",
    "ResultsError", "RunCancelled", "RunFault", "RunTimeout", "ScenarioError", "StoreError", "UnknownMetric",
    "VariantError",
]


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        return getattr(importlib.import_module(f".{_WHERE[name]}", __name__), name)
    if name in ("SchedulerView", "SubflowView", "ReceiveView", "CongestionView", "RateSampleView",
                "PathManagerView", "PathView", "LocalEndpoint", "RemoteAddress", "Endpoint"):
        from ._native import core

        return getattr(core, name)
    if name in ("plots", "cores", "variants", "captures", "report"):
        return importlib.import_module(f".{name}", __name__)
    if name == "library":
        import pathlib

        from ._native import core

        return pathlib.Path(core.scenarios_folder())
    if name == "__version__":
        from ._native import core

        return core.version
    raise AttributeError(f"module 'hoststack' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "library", "plots", "cores", "captures", "report"])
