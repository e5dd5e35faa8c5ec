"""The two tiers of the tests: `make test` runs some of the cases that are much alike, `make test-all` runs all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from _pytest.mark import ParameterSet


def slow_after(quick: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, those after the first `quick` ones marked slow."""
    return _marked(cases, lambda index: index >= quick)


def slow_but_every(step: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, all but each `step`-th one marked slow."""
    return _marked(cases, lambda index: index % step > 0)


def _marked(cases: Iterable[Any], is_slow: Callable[[int], bool]) -> list[Any]:
    return [_slow(case) if is_slow(index) else case for index, case in enumerate(cases)]


def _slow(case: Any) -> Any:
    """Return a case of `parametrize` with the mark slow. A case is a value, a tuple of values, or a `pytest.param`."""
    if isinstance(case, ParameterSet):
        return pytest.param(*case.values, marks=[*case.marks, pytest.mark.slow], id=case.id)
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
