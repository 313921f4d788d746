# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios as users hand them over: files and plain dicts, with values laid over them."""

from __future__ import annotations

import json
import os
import pathlib
from typing import Any, Mapping, Optional, Union

from ._files import legible, name_of
from .errors import Issue, ScenarioError

_DEEPEST = 100  # levels of a scenario; the schema's own are fewer than ten
Scenario = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def _wrong(pointer: str, message: str, expected: str) -> ScenarioError:
    return ScenarioError([Issue("", None, None, legible(pointer), legible(message), expected)])


def file_name(path: Union[str, "os.PathLike[str]"], what: str, expected: str) -> str:
    """The name of a file or a folder.

    Raises:
        ScenarioError: it is empty, or cannot be told.
    """
    try:
        return name_of(path, what, expected)
    except ValueError as error:
        message, _, wanted = str(error).partition("\n    expected: ")
        raise _wrong("", message, wanted) from None


def _text(value: str, pointer: str) -> str:
    if legible(value) != value:
        raise _wrong(pointer, f"{value!r:.80} is no text: it holds half of a character (a surrogate)",
                     "characters that UTF-8 can say")
    return str(value)


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def plain(value: Any, pointer: str = "", classes: Optional[list[type]] = None) -> Any:
    """`value` as what JSON knows. Numbers of numpy and paths are converted; a class (a variant) is
    replaced by its name and appended to `classes`.

    Raises:
        ScenarioError: with the pointer of what JSON does not know.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value, pointer)
    if pointer.count("/") > _DEEPEST:
        raise _wrong(pointer[:60] + "...", "is nested too deeply, or holds itself", f"at most {_DEEPEST} levels")
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise _wrong(pointer, f"{value} is no number of JSON", "a finite number")
        return float(value)
    if isinstance(value, Mapping):
        result = {}
        for key, inner in value.items():
            if not isinstance(key, str):
                raise _wrong(pointer, f"the key {key!r} is no text", "keys are texts")
            result[_text(key, pointer)] = plain(inner, f"{pointer}/{_escaped(key)}", classes)
        return result
    if isinstance(value, (list, tuple)):
        return [plain(inner, f"{pointer}/{i}", classes) for i, inner in enumerate(value)]
    if isinstance(value, pathlib.PurePath):
        return _text(str(value), pointer)
    if isinstance(value, type) and classes is not None:
        from .variants import name_of

        classes.append(value)
        return name_of(value)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a scalar of numpy
        return plain(value.item(), pointer, classes)
    if hasattr(value, "tolist"):  # an array
        return plain(value.tolist(), pointer, classes)
    raise _wrong(pointer, f"{type(value).__name__} objects cannot be in a scenario",
                 "texts, numbers, true, false, None, lists and dicts")


def sets_of(overrides: Optional[Mapping[str, Any]], seed: Optional[int],
            classes: Optional[list[type]] = None) -> list[str]:
    """`--set` texts (PATH=VALUE) of overrides, in their order; then the seed's."""
    if overrides is not None and not isinstance(overrides, Mapping):
        raise TypeError(f'overrides are a dict of paths and values ({{"run.duration": "2 s"}}), not a {type(overrides).__name__}')
    sets = []
    for path, value in (overrides or {}).items():
        if not isinstance(path, str) or not path or "=" in path:
            raise _wrong("", f"{path!r} is no path of an override",
                         'a dotted path ("links.x55.down.rate") or a JSON pointer')
        _text(path, "")
        pointer = path if path.startswith("/") else "/" + path.replace(".", "/")
        sets.append(path + "=" + json.dumps(plain(value, pointer, classes), ensure_ascii=False))
    if seed is not None:
        if isinstance(seed, bool) or not hasattr(seed, "__index__") or seed < 0:
            raise _wrong("/run/seed", f"{seed!r} is no seed", "a whole number, 0 or more")
        sets.append(f"run.seed={seed.__index__()}")
    return sets


def source_of(scenario: Scenario, overrides: Optional[Mapping[str, Any]] = None,
              seed: Optional[int] = None, folder: Optional[Union[str, "os.PathLike[str]"]] = None,
              classes: Optional[list[type]] = None) -> dict[str, Any]:
    """What a worker needs to read the scenario: text (None: read the file), name, folder, sets."""
    if folder is not None and not os.path.isdir(folder):
        raise NotADirectoryError(f"folder={os.fspath(folder)!r} is no folder")
    if isinstance(scenario, Mapping):
        text: Optional[str] = json.dumps(plain(scenario, "", classes), indent=2, ensure_ascii=False)
        name, base = "<dict>", "." if folder is None else file_name(folder, "folder", "an existing folder")
    elif isinstance(scenario, (str, os.PathLike)):
        text, name, base = None, file_name(scenario, "the scenario", "the path of a file, or a dict"), ""
        if folder is not None:
            raise TypeError("folder is for scenarios that are dicts; a file lies in its own")
    else:
        raise TypeError(f"a scenario is the path of a file or a dict, not a "
                        f"{type(scenario).__name__}")
    return {"text": text, "name": name, "folder": base,
            "sets": sets_of(overrides, seed, classes)}


def native_source(source: Mapping[str, Any]) -> Any:
    """The source as the compiled module takes it."""
    from ._native import core

    return core.Source(source["text"], source["name"], source["folder"], list(source["sets"]))


