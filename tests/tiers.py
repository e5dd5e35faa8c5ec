"""What `make test` leaves to `make test-all`: many of the cases that are much alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def slow_after(quick: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, those after the first `quick` ones marked slow."""
    return _marked(cases, lambda place: place >= quick)


def slow_but_every(step: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, all but each `step`-th one marked slow."""
    return _marked(cases, lambda place: place % step > 0)


def _marked(cases: Iterable[Any], is_slow: Callable[[int], bool]) -> list[Any]:
    found = []
    for place, case in enumerate(cases):
        values = case if isinstance(case, tuple) else (case,)
        found.append(pytest.param(*values, marks=[pytest.mark.slow] if is_slow(place) else []))
    return found
