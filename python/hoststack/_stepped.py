# SPDX-License-Identifier: GPL-2.0-only
"""What all cores have in common that are stepped from Python."""

from __future__ import annotations

import functools
from typing import Any, Callable

from ._native import core
from .errors import ScenarioError, VariantError


def _told(work: Callable[..., Any], *arguments: Any) -> Any:
    """What `work` returns; errors of the library are told as the package tells them."""
    try:
        return work(*arguments)
    except core.ScenarioError as error:
        raise ScenarioError.from_native(error.args[1]) from None
    except core.VariantFailure as error:
        message, variant, at, trace = error.args
        raise VariantError(message, variant, at, trace) from None


class _Stepped:
    """A core; what it can do besides is what the compiled one can."""

    _core: Any

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        found = getattr(self._core, name)
        return functools.partial(_told, found) if callable(found) else found

    def __dir__(self) -> list[str]:
        return [n for n in {*object.__dir__(self), *dir(self._core)} if not n.startswith("_")]
