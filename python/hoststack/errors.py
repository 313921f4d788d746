# SPDX-License-Identifier: GPL-2.0-only
"""What can go wrong, as exceptions. All of them derive from HoststackError."""

from __future__ import annotations

import dataclasses
from typing import Any, Iterable, Mapping, Optional

from ._files import legible


class HoststackError(Exception):
    """The base of all errors that this package raises by itself."""


@dataclasses.dataclass(frozen=True)
class Issue:
    """One mistake in a scenario, a profile or an override.

    Attributes:
        file: name of the file, "--set PATH=VALUE" for an override, or "" for a dict.
        line, column: place in the file, from 1; None where there is no text (dicts, overrides).
        pointer: JSON pointer (RFC 6901) to the value in that file; "" is the whole.
        message: what is wrong.
        expected: what was expected; "" if that goes without saying.
        nearest: the name that was probably meant, or "".
    """

    file: str
    line: Optional[int]
    column: Optional[int]
    pointer: str
    message: str
    expected: str = ""
    nearest: str = ""

    def __str__(self) -> str:
        place = self.file + (f":{self.line}:{self.column}" if self.line else "")
        text = ": ".join(part for part in (place, self.pointer, self.message) if part)
        if self.expected:
            text += f"\n    expected: {self.expected}"
        if self.nearest:
            text += f'\n    did you mean "{self.nearest}"?'
        return text


class ScenarioError(HoststackError, ValueError):
    """The scenario, a profile or an override is wrong, or results cannot be written.

    `issues` has every mistake that was found; `file`, `line`, `column`, `pointer` and `nearest` are
    those of the first one.
    """

    def __init__(self, issues: Iterable[Issue]):
        self.issues: tuple[Issue, ...] = tuple(issues)
        shown = [str(issue) for issue in self.issues[:10]]
        if len(self.issues) > len(shown):
            shown.append(f"... and {len(self.issues) - len(shown)} more")
        super().__init__("\n".join(shown))

    def __reduce__(self) -> tuple[Any, ...]:
        return ScenarioError, (self.issues,)

    @classmethod
    def from_native(cls, entries: Iterable[Mapping[str, Any]]) -> "ScenarioError":
        """Of what the library says; a dict has no lines that somebody wrote."""
        issues = []
        for entry in entries:
            values = dict(entry)
            if values["file"] == "<dict>":
                values.update(file="", line=None, column=None)
            values["line"] = values["line"] or None
            values["column"] = values["column"] or None
            issues.append(Issue(**values))
        return cls(issues)

    @property
    def _first(self) -> Issue:
        return self.issues[0]

    @property
    def file(self) -> str:
        return self._first.file

    @property
    def line(self) -> Optional[int]:
        return self._first.line

    @property
    def column(self) -> Optional[int]:
        return self._first.column

    @property
    def pointer(self) -> str:
        return self._first.pointer

    @property
    def nearest(self) -> str:
        return self._first.nearest


class UnknownMetric(HoststackError, KeyError):
    """A run does not yield what was asked for; `nearest` is the name that was probably meant, or "".
    """

    def __init__(self, name: str, nearest: str = "", hint: str = ""):
        self.name = name
        self.nearest = nearest
        self.hint = hint
        super().__init__(name, nearest, hint)

    def __str__(self) -> str:
        text = f'the run has no "{legible(str(self.name))}"'
        if self.nearest:
            text += f'; did you mean "{self.nearest}"?'
        return text + (f" ({self.hint})" if self.hint else "")


class ResultsError(HoststackError, ValueError):
    """Files of results that are not whole, not of this program, or of a version that it does not know."""


class RunFault(HoststackError, RuntimeError):
    """The process of a run died, or failed in a way that it should not; the interpreter goes on.

    `details` is what the process had to say last (its standard error, a traceback).
    """

    def __init__(self, message: str, details: str = ""):
        self.details = details
        super().__init__(message, details)

    def __str__(self) -> str:
        return self.args[0] + (f"\n{self.details}" if self.details else "")


class RunTimeout(HoststackError, TimeoutError):
    """A run took longer than `timeout` seconds of real time and was ended."""


class RunCancelled(HoststackError, RuntimeError):
    """A run was ended before its time."""


class MachineCannot(HoststackError, OSError):
    """This machine lacks something that the run needs."""


class VariantError(HoststackError, RuntimeError):
    """A scheduler (or another variant) written in Python raised, or gave an answer that cannot be.

    Attributes:
        variant: its name in the scenario.
        time_s: simulated time, in seconds; None if the run had not begun.
        traceback: where in the class it was; "" for an answer that cannot be.
    """

    def __init__(self, message: str, variant: str = "", time_s: Optional[float] = None,
                 traceback: str = ""):
        self.variant = variant
        self.time_s = time_s
        self.traceback = traceback
        super().__init__(message, variant, time_s, traceback)

    def __str__(self) -> str:
        return self.args[0] + (f"\n{self.traceback}" if self.traceback else "")


class StoreError(HoststackError, RuntimeError):
    """The file that keeps a study's runs cannot be used as asked."""
