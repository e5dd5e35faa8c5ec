"""The contents of the page about the sample organization, which are read once for all workers."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

from iamsql.report.build import ReportRequest, read_contents
from iamsql.report.contents import Contents
from tests.conftest import sample_run
from tests.fixtures import built_once

CONTENTS = "contents.pickle"


def sample_contents() -> Contents:
    """Return the contents of the page, with all controls."""
    folder = built_once("contents", _read_sample, Path(__file__))
    contents: Contents = pickle.loads((folder / CONTENTS).read_bytes())
    return contents


def _read_sample(folder: Path) -> None:
    run = Path(shutil.copy(sample_run(), folder))
    contents, notes = read_contents(ReportRequest(), run=str(run), runs_dir=folder, progress=print)
    assert notes == []
    (folder / CONTENTS).write_bytes(pickle.dumps(contents))
    run.unlink()
