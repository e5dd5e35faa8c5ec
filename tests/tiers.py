"""What `make test` leaves to `make test-all`: all but the first of many like cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def slow_after(quick: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, those after the first `quick` ones marked slow."""
    return [pytest.param(case, marks=[pytest.mark.slow]) if at >= quick else case for at, case in enumerate(cases)]
