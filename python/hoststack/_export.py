# SPDX-License-Identifier: GPL-2.0-only
"""What a store holds, as files for other programs."""

from __future__ import annotations

import pathlib
from typing import Any, Optional

from ._files import Path, check_target, name_of, replacing
from ._store import Store
from .errors import StoreError


def export(store: Path, file: Path, study: Optional[str] = None) -> int:
    """Writes a row per run (axes, seed, met, metrics) to a .csv or .parquet file; to an .npz file the
    same as arrays, and the series that the study kept: `series/NAME/N/t` (s) and `.../v` of row N.

    Returns the number of rows.

    Raises:
        StoreError: the store cannot be read, or the file's kind is none of these or lacks a package.
    """
    try:
        file = name_of(file, "the file", "FILE.csv, FILE.npz or FILE.parquet")
    except ValueError as error:
        raise StoreError(str(error)) from None
    kind = pathlib.Path(file).suffix
    if kind not in (".csv", ".npz", ".parquet"):
        raise StoreError(f'"{file}" ends in no kind of file that is known: .csv, .npz or .parquet')
    import pandas

    with Store(store, existing=True) as opened:
        number = opened.study_id(study)
        frame = pandas.DataFrame(opened.columns(number))
        try:
            check_target(file, store)
            with replacing(file) as stream:
                if kind == ".csv":
                    frame.to_csv(stream, index=False)
                elif kind == ".parquet":
                    _to_parquet(frame, stream)
                else:
                    _to_npz(opened, number, frame, stream)
        except OSError as error:
            raise StoreError(f"cannot write {file}: {error.strerror or error}") from None
    return len(frame)


def _to_parquet(frame: Any, file: Any) -> None:
    try:
        frame.to_parquet(file, engine="pyarrow", index=False)
    except ImportError:
        raise StoreError("Parquet needs the package pyarrow, which Debian 12 does not have; write .csv or "
                         ".npz, or pip install pyarrow into a virtual environment") from None


def _to_npz(opened: Store, number: int, frame: Any, file: Any) -> None:
    import numpy

    arrays = {name: frame[name].to_numpy(dtype=str if frame[name].dtype == object else None)
              for name in frame.columns}
    for name in opened.series_names(number):
        for row, _, _, t, v in opened.series(number, name):
            arrays[f"series/{name}/{row}/t"] = numpy.frombuffer(t, "<i8") / 1e9
            arrays[f"series/{name}/{row}/v"] = numpy.frombuffer(v, "<f8")
    numpy.savez_compressed(file, **arrays)
