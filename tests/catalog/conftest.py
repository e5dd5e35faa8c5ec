"""The queries of the test folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.model import Query

FOLDER = Path(__file__).parents[1] / "data" / "catalog" / "queries"


@pytest.fixture
def queries() -> dict[str, list[Query]]:
    return catalog.load([FOLDER])
