"""What `make test` leaves to `make test-all`: all but the first of many like cases."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def slow_after(quick: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, those after the first `quick` ones marked slow."""
    found = []
    for place, case in enumerate(cases):
        values = case if isinstance(case, tuple) else (case,)
        found.append(pytest.param(*values, marks=[pytest.mark.slow] if place >= quick else []))
    return found
