# SPDX-License-Identifier: GPL-2.0-only
"""Notebooks: committed without results, and run from top to bottom."""

import os
import pathlib

import pytest

nbformat = pytest.importorskip("nbformat", reason="python3-nbformat is not installed")
SOURCE = pathlib.Path(os.environ["HOSTSTACK_SOURCE_DIR"])
NOTEBOOKS = sorted((SOURCE / "python" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_is_committed_without_results(path):
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        assert cell.id.startswith(path.stem[:12]), "ids are fixed, so that differences are those of the text"
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    assert book.metadata.kernelspec.name == "python3"
    assert path.stat().st_size < 50_000


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_names_the_next_one(path):
    names = [p.name for p in NOTEBOOKS]
    place = names.index(path.name)
    if place + 1 < len(names):
        assert f"]({names[place + 1]})" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_a_notebook_runs_from_top_to_bottom(path, tmp_path, monkeypatch):
    nbclient = pytest.importorskip("nbclient", reason="python3-nbclient is not installed")
    pytest.importorskip("ipykernel", reason="python3-ipykernel is not installed")
    pytest.importorskip("matplotlib", reason="python3-matplotlib is not installed")
    for name in ("JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        (tmp_path / name).mkdir()
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    book = nbformat.read(path, as_version=4)
    client = nbclient.NotebookClient(book, timeout=600, startup_timeout=300, kernel_name="python3",
                                     resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    texts = [o for c in book.cells if c.cell_type == "code" for o in c.outputs]
    assert any(o.output_type in ("display_data", "execute_result") and "image/png" in o.get("data", {}) for o in texts)
    said = "".join(o.text for o in texts if o.output_type == "stream" and o.name == "stderr")  # bars of progress
    assert "Warning" not in said, said
    folder = os.environ.get("HOSTSTACK_NOTEBOOKS")
    if folder:
        nbformat.write(book, pathlib.Path(folder) / path.name)
