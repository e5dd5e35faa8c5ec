"""The tiers of the tests: quick tests run with `make test`, slow tests with `make test-all` and, in parts, with `make test-slow`.

CONTRIBUTING.md has the rule for the mark `slow`. Of many cases that are much alike, `make test` runs a sample, which rotates: over
a few days, it runs each case. The last commit decides the rotation, so the same commit always runs the same tests.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.mark import ParameterSet

PARTS = 17  # a prime number: submissions at regular intervals of less than 17 hours come to each part
ROTATION, PART, WHOLE = "IAMSQL_TEST_ROTATION", "IAMSQL_TEST_PART", "IAMSQL_TEST_WHOLE"
HOUR = 3600


@cache
def rotation() -> int:
    """Return the hour of the last commit since 1970, or the number in the environment; 0 without git.

    Raise pytest.UsageError for another text in the environment.
    """
    if text := os.environ.get(ROTATION):
        if not text.isdecimal():
            raise pytest.UsageError(f"{ROTATION} must be a number, such as that of the last line of pytest.")
        return int(text)
    command = ["git", "log", "-1", "--format=%ct"]
    result = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    return int(result.stdout) // HOUR if result.returncode == 0 and result.stdout.strip() else 0


def chosen_part() -> int | None:
    """Return the part of the tests that the environment selects, from 1 to PARTS; None for all tests.

    `commit` selects the part of the last commit. Raise pytest.UsageError for another text.
    """
    text = os.environ.get(PART, "")
    if text == "commit":
        return rotation() % PARTS + 1
    if text and text not in map(str, range(1, PARTS + 1)):
        raise pytest.UsageError(f"{PART} must be a number from 1 to {PARTS}, or commit.")
    return int(text) if text else None


def part_of(node_id: str) -> int:
    """Return the part of a test, from 1 to PARTS. The part is a hash of the name, so a new test does not move the others."""
    return hashlib.sha256(node_id.encode("utf-8", "surrogatepass")).digest()[0] % PARTS + 1


def select_part(items: list[Any]) -> list[Any]:
    """Remove the items of pytest that are not in the chosen part from a list, and return them."""
    part = chosen_part()
    removed = [item for item in items if part and part_of(item.nodeid) != part]
    items[:] = [item for item in items if not part or part_of(item.nodeid) == part]
    return removed


def slow_after(quick: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, those after the first `quick` ones marked slow."""
    return _marked(cases, lambda index: index >= quick)


def slow_but_every(step: int, cases: Iterable[Any]) -> list[Any]:
    """Return the cases for `parametrize`, all but each `step`-th one marked slow. The rotation selects the first."""
    return _marked(cases, lambda index: (index - rotation()) % step > 0)


def share(step: int, cases: Iterable[Any]) -> list[Any]:
    """Return each `step`-th case of those that take too long even for `make test-all`. The rotation selects the first.

    With IAMSQL_TEST_WHOLE, as in `make matrices`, return all cases.
    """
    return [case for index, case in enumerate(cases) if WHOLE in os.environ or (index - rotation()) % step == 0]


def _marked(cases: Iterable[Any], is_slow: Callable[[int], bool]) -> list[Any]:
    return [_slow(case) if is_slow(index) else case for index, case in enumerate(cases)]


def _slow(case: Any) -> Any:
    """Return a case of `parametrize` with the mark slow. A case is a value, a tuple of values, or a `pytest.param`."""
    if isinstance(case, ParameterSet):
        return pytest.param(*case.values, marks=[*case.marks, pytest.mark.slow], id=case.id)
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
