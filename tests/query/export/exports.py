"""Export a run, and read the manifest."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from iamsql.query.export import ExportOptions, ExportResult, export


def exported(run: Path, folder: Path, **options: Any) -> ExportResult:
    return export(folder, ExportOptions(**options), run=str(run), runs_dir=run.parent)


def manifest(folder: Path) -> dict[str, Any]:
    document = json.loads((folder / "manifest.json").read_text())
    assert isinstance(document, dict)
    return document
