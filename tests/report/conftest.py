"""A cache folder of its own for each test session, and the contents of the page about the sample organization."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iamsql.report.contents import Contents
from tests.report.sample import sample_contents

CACHE = "iamsql.report.trend_cache.user_cache_dir"


@pytest.fixture(scope="session", autouse=True)
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Put the cache of numbers into a folder of the tests."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CACHE, lambda *_, **__: str(folder))
        yield folder


@pytest.fixture(scope="session")
def demo_contents() -> Contents:
    """Return the contents of the page about the sample organization."""
    return sample_contents()
