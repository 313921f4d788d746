# SPDX-License-Identifier: GPL-2.0-only
"""Twins on one page (HTML) that stands for itself: no network, no script."""

from __future__ import annotations

import base64
import hashlib
import os
import pathlib
from typing import Any, Optional, Sequence, Union

from .._files import replacing
from ..report._format import number, scale_of
from ._text import glance_of, row_of
from ._twin import Twin, program_of
from ._units import units_of

HERE = pathlib.Path(__file__).resolve().parent
WIDE, TALL = 720, 150
MOST_POINTS = 600
MOST_CHARTS = 12
SHOWN = ("goodput", "cwnd", "srtt", "in-flight", "receive-memory", "queue", "peer-window")


def _strip(kernel: Sequence[float], model: Sequence[float], tolerance: float) -> str:
    """All values of both sides as dots on one axis, which is not shorter than what may be between them: dots far apart
    are values that are."""
    low, high = min((*kernel, *model)), max((*kernel, *model))
    span = max(high - low, 2 * tolerance) or 1.0
    low -= (span - (high - low)) / 2

    def dots(values: Sequence[float], y: int, kind: str) -> str:
        return "".join(f'<circle cx="{8 + 144 * (v - low) / span:.1f}" cy="{y}" r="3" class="{kind}"/>' for v in values)

    return (f'<svg viewBox="0 0 160 26" class="strip" role="img" aria-label="kernel above, model below">'
            f'{dots(kernel, 7, "kernel")}{dots(model, 19, "model")}</svg>')


def _series(folder: pathlib.Path) -> dict[str, tuple[Any, Any]]:
    from .._run import load

    (path,) = (p.parent for p in folder.glob("*/summary.json"))
    if not (path / "series.csv").exists():
        return {}
    return dict(load(path)._series)  # pylint: disable=protected-access


def _line(at: Any, value: Any, end: float, top: float, kind: str) -> str:
    step = max(1, len(at) // MOST_POINTS)
    points = " ".join(f"{WIDE * float(t) / end:.1f},{TALL - 4 - (TALL - 8) * float(v) / top:.1f}"
                      for t, v in zip(at[::step], value[::step]) if v == v)
    return f'<polyline points="{points}" class="{kind}"/>'


def _charts(result: Twin) -> list[dict[str, Any]]:
    """Series that both sides have: the kernel's repetitions and the model's seeds, over each other."""
    kernel = [_series(p) for p in sorted((result.folder / "kernel").iterdir())]
    model = [_series(p) for p in sorted((result.folder / "model").iterdir())]
    names = [n for n in kernel[0] if n in model[0] and n.rsplit(".", 1)[-1] in SHOWN] if kernel and model else []
    units = units_of(program_of(), names) if names else {}
    charts = []
    for name in names[:MOST_CHARTS]:
        sides = [(one[name], kind) for side, kind in ((model, "model"), (kernel, "kernel")) for one in side if name in one]
        end = max(float(at[-1]) for (at, _), _ in sides if len(at)) or 1.0
        top = max(float(max(value)) for (_, value), _ in sides if len(value)) or 1.0
        divisor, unit = scale_of(top, units[name])
        charts.append({"name": name, "top": f"{number(top / divisor)} {unit}".strip(), "end": f"{end:.3g} s",
                       "lines": "".join(_line(at, value, end, top, kind) for (at, value), kind in sides)})
    return charts


def _model(result: Twin) -> dict[str, Any]:
    return {"name": result.name, "kernel": result.kernel, "agrees": result.agrees, "rejected": result.rejected,
            "late": f"{1000 * max(result.lateness_s, default=0.0):.3g} ms",
            "verdicts": [{"cells": row_of(v), "judged": v.judged, "word": v.word,
                          "strip": _strip(v.kernel, v.model, v.tolerance) if v.kernel and v.model else ""} for v in result.verdicts],
            "expectations": result.expectations, "settings": result.settings, "charts": _charts(result),
            "partings": [{**p.as_json(), "at": f"{1000 * p.at:.2f} ms"} for p in result.partings]}


def write(results: Sequence[Twin], path: Union[str, "os.PathLike[str]"], title: Optional[str] = None) -> pathlib.Path:
    """Writes the page. Raises OSError."""
    import jinja2

    style = (HERE.parent / "report" / "page.css").read_text(encoding="utf-8") + \
        (HERE / "twin.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE), autoescape=True, trim_blocks=True,
                                     lstrip_blocks=True, undefined=jinja2.StrictUndefined)
    page = environment.get_template("twin.html.j2").render(
        title=title or "Kernel and model: " + ", ".join(r.name for r in results[:3]), style=style,
        results=[_model(r) for r in results], glance=glance_of(results) if len(results) > 1 else [],
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'")
    target = pathlib.Path(path)
    with replacing(target) as file:
        file.write(page.encode("utf-8", "replace"))
    return target
