"""Share fixtures of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import iamsql


@pytest.fixture
def run(demo_run: Path) -> Iterator[iamsql.Run]:
    with iamsql.open(runs=demo_run.parent) as opened:
        yield opened
