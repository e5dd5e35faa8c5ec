"""The notebooks of docs/examples run without an error over the demo run."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import iamsql

EXAMPLES = Path(__file__).parent.parent / "docs" / "examples"
JUPYTER, MARIMO = EXAMPLES / "access_review.ipynb", EXAMPLES / "access_review.py"


def code_cells() -> list[str]:
    """Return the code of the cells of the Jupyter notebook."""
    cells = json.loads(JUPYTER.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def values_of(code: str, names: dict[str, Any]) -> Any:
    """Execute a cell, and return the value of its last line, as Jupyter shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if isinstance(last, ast.Expr) else None


@pytest.mark.slow
def test_the_cells_of_the_jupyter_notebook_show_caveats_and_rows(
    demo_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pandas")
    monkeypatch.setenv("IAMSQL_RUNS", str(demo_run.parent))
    names: dict[str, Any] = {}
    values = [value for code in code_cells() if (value := values_of(code, names)) is not None]
    names["run"].close()
    answers = [value for value in values if isinstance(value, iamsql.Answer)]
    assert len(answers) >= 3
    assert all(len(answer) for answer in answers)
    assert any("Incomplete or limited data" in answer._repr_html_() for answer in answers)
    assert names["checked"].passed is False


@pytest.mark.slow
def test_without_a_run_a_notebook_uses_the_sample_organization(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IAMSQL_RUNS", str(tmp_path))
    names: dict[str, Any] = {}
    values_of(code_cells()[0], names)
    assert "demo" in names["run"].id
    names["run"].close()


def test_the_notebook_has_no_stored_output() -> None:
    cells = json.loads(JUPYTER.read_text(encoding="utf-8"))["cells"]
    assert not [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]


@pytest.mark.slow
def test_jupyter_runs_the_notebook(demo_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    monkeypatch.setenv("IAMSQL_RUNS", str(demo_run.parent))
    notebook = nbformat.read(JUPYTER, as_version=4)
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    pages = [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "text/html" in output.get("data", {})
    ]
    assert any(page.startswith("<div><p><b>Incomplete or limited data:") for page in pages)


@pytest.mark.slow
def test_marimo_runs_the_notebook(demo_run: Path, tmp_path: Path) -> None:
    pytest.importorskip("marimo")
    environment = {**os.environ, "IAMSQL_RUNS": str(demo_run.parent)}
    command = [sys.executable, str(MARIMO)]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-2000:]
    page = tmp_path / "page.html"
    command = [sys.executable, "-m", "marimo", "export", "html", str(MARIMO), "-o", str(page)]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr[-2000:]
    assert "Incomplete or limited data" in page.read_text(encoding="utf-8")
