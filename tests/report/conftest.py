"""A cache folder of its own for each test session, and the contents of the page about the sample organization."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.report.build import ReportRequest, read_contents
from iamsql.report.contents import Contents
from tests.conftest import sample_run
from tests.fixtures import built_once

CACHE = "iamsql.report.trend_cache.user_cache_dir"
CONTENTS = "contents.pickle"


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put the cache of numbers into a folder of the tests."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CACHE, lambda *_, **__: str(folder))
        yield folder


def _read_demo(folder: Path) -> None:
    """Store the contents of the page about the sample organization, with all controls."""
    run = Path(shutil.copy(sample_run(), folder))
    contents, notes = read_contents(ReportRequest(), run=str(run), runs_dir=folder, progress=print)
    assert notes == []
    (folder / CONTENTS).write_bytes(pickle.dumps(contents))
    run.unlink()


@pytest.fixture(scope="session")
def demo_contents() -> Contents:
    """Return the contents of the page about the sample organization, which are read once for all workers."""
    folder = built_once("report", _read_demo, Path(__file__))
    contents: Contents = pickle.loads((folder / CONTENTS).read_bytes())
    return contents
