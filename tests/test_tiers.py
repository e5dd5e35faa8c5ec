"""Each test is in one part, the rotation reaches each case, and the last commit decides both."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import tiers

ROOT = Path(__file__).parent.parent
EXAMPLE = """
import pytest
from tests.tiers import slow_after, slow_but_every

@pytest.mark.parametrize("number", slow_after(2, range(30)))
def test_first(number):
    pass

@pytest.mark.parametrize("number", slow_but_every(5, range(30)))
def test_sample(number):
    pass

def test_quick():
    pass
"""
CASES = 2 * 30 + 1


@pytest.fixture(autouse=True)
def _without_cache() -> Iterator[None]:
    tiers.rotation.cache_clear()
    yield
    tiers.rotation.cache_clear()


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """Return a folder of tests with the conftest of iamsql's own tests."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_collection_modifyitems\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = slow\n")
    (tmp_path / "test_example.py").write_text(EXAMPLE)
    return tmp_path


def collected(folder: Path, marks: str, **environment: str) -> set[str]:
    """Return the tests that pytest collects."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith(("IAMSQL_", "PYTEST_"))}
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-m", marks]
    variables |= environment | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    assert result.returncode in (0, 5), result.stdout + result.stderr  # 5: no test
    return {line for line in result.stdout.splitlines() if "::" in line}


@pytest.mark.slow
def test_the_slow_tests_of_a_part_are_collected(example: Path) -> None:
    variables = {tiers.ROTATION: "7", tiers.PART: "3"}
    slow, every = collected(example, "slow", **variables), collected(example, "slow or not slow", **variables)
    assert 0 < len(every) < CASES / 2 and {tiers.part_of(name) for name in every} == {3}
    quick = {"test_quick", "test_first[0]", "test_first[1]", *(f"test_sample[{number}]" for number in range(2, 30, 5))}
    assert slow == {name for name in every if name.removeprefix("test_example.py::") not in quick}


def test_a_rotation_that_is_not_a_number_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.ROTATION, "-1")
    with pytest.raises(pytest.UsageError, match=f"{tiers.ROTATION} must be a number"):
        tiers.rotation()


def test_each_test_is_in_one_part(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"tests/test_x.py::test_x[{number}]" for number in range(100)]
    node_ids = []
    for part in range(1, tiers.PARTS + 1):
        monkeypatch.setenv(tiers.PART, str(part))
        items = [SimpleNamespace(nodeid=name) for name in names]
        removed = tiers.select_part(items)
        assert sorted(item.nodeid for item in [*items, *removed]) == sorted(names)
        node_ids += [item.nodeid for item in items]
    assert sorted(node_ids) == sorted(names)


def test_an_unknown_part_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in ("0", str(tiers.PARTS + 1), "x", "01"):
        monkeypatch.setenv(tiers.PART, text)
        with pytest.raises(pytest.UsageError, match=f"from 1 to {tiers.PARTS}, or commit"):
            tiers.chosen_part()


def test_the_hours_of_commits_come_to_each_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(tiers.PART, "commit")
    for interval in range(1, tiers.PARTS):
        parts = set()
        for number in range(tiers.PARTS):
            monkeypatch.setenv(tiers.ROTATION, str(495_000 + number * interval))
            tiers.rotation.cache_clear()
            parts.add(tiers.chosen_part())
        assert parts == set(range(1, tiers.PARTS + 1))


def test_the_parts_of_tests_are_of_similar_size() -> None:
    counts = [0] * tiers.PARTS
    for number in range(7000):
        counts[tiers.part_of(f"tests/test_x.py::test_x[{number}]") - 1] += 1
    mean = 7000 / tiers.PARTS
    assert 0.85 * mean < min(counts) and max(counts) < 1.15 * mean


def test_the_sample_rotates_through_all_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = []
    for number in range(495_000, 495_004):
        monkeypatch.setenv(tiers.ROTATION, str(number))
        tiers.rotation.cache_clear()
        cases = tiers.slow_but_every(4, range(10))
        quick.append({case for case in cases if isinstance(case, int)})
        assert {case.values[0] for case in cases if not isinstance(case, int)} == {*range(10)} - quick[-1]
    assert sorted(case for sample in quick for case in sample) == [*range(10)]


def test_a_sample_of_a_matrix_rotates_and_the_full_matrix_is_an_option(monkeypatch: pytest.MonkeyPatch) -> None:
    shares = []
    for number in range(5):
        monkeypatch.setenv(tiers.ROTATION, str(number))
        tiers.rotation.cache_clear()
        shares.append(tiers.share(5, range(12)))
    assert sorted(case for cases in shares for case in cases) == [*range(12)]
    monkeypatch.setenv(tiers.WHOLE, "1")
    assert tiers.share(5, range(12)) == [*range(12)]


def test_the_rotation_is_the_hour_of_the_last_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tiers.ROTATION, raising=False)
    result = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True)
    assert tiers.rotation() == (int(result.stdout) // 3600 if result.returncode == 0 else 0)
    tiers.rotation.cache_clear()
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(tiers.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 128, ""))
    assert tiers.rotation() == 0
