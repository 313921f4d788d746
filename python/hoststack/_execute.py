# SPDX-License-Identifier: GPL-2.0-only
"""One request, carried out in this process: by a worker, or in the user's own interpreter."""

from __future__ import annotations

import os
import traceback
from typing import Any, Callable, Mapping, Optional

from .errors import (HoststackError, MachineCannot, RunCancelled, RunFault, ScenarioError,
                     VariantError)


def execute(request: Mapping[str, Any], told: Optional[Callable[[float], None]] = None) -> Any:
    """Runs or resolves a scenario.

    Args:
        request: `do` ("run" or "resolve"), `source`, and for a run `folder`, `command`; `brief`, to be told
            summary and series only; `variants`, classes to be known by name meanwhile.
        told: called with the simulated seconds about ten times a second.

    Raises:
        HoststackError
    """
    from ._native import core
    from ._source import native_source

    variants = request.get("variants") or []
    try:
        if variants:
            from . import variants as written

            written.register(variants)
        source = native_source(request["source"])
        if request["do"] == "resolve":
            return core.resolve(source)
        return core.run(source, request.get("folder") or "", request.get("command") or "", told, bool(request.get("brief")))
    except core.ScenarioError as error:
        raise ScenarioError.from_native(error.args[1]) from None
    except core.VariantFailure as error:
        message, variant, at, trace = error.args
        raise VariantError(message, variant, at, trace) from None
    except core.MachineCannot as error:
        raise MachineCannot(str(error)) from None
    except core.RunCancelled as error:
        raise RunCancelled(str(error)) from None
    except (HoststackError, OSError):
        raise
    except Exception as error:
        raise RunFault(f"the run failed: {error}", traceback.format_exc()) from error


def discard(folder: str) -> None:
    """Removes what a run that was ended had begun to write for the results folder `folder`."""
    from ._native import core

    whole = os.path.realpath(folder)
    core.discard(os.path.join(os.path.dirname(whole), f".{os.path.basename(whole)}.part"))
