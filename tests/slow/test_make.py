"""`make demo` works in a fresh clone with a fresh home, even in a folder whose name has a space, and a second time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Clone the last commit; skip in a source tree without git."""
    folder = tmp_path / "a clone of iamsql"
    result = subprocess.run(["git", "clone", "-q", str(ROOT), str(folder)], capture_output=True, text=True, check=False)
    if result.returncode:
        pytest.skip("not a git checkout")
    return folder


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command without the settings of the tests, and with a home that is empty at first."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "IAMSQL_", "MAKE", "PYTEST_"))
    }
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=inherited | {"HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def test_the_demo_runs_twice_and_its_tests_pass_after_it(clone: Path) -> None:
    for _ in range(2):
        result = run(clone, "make", "demo", f"PYTHON={sys.executable}")
        if "NewConnectionError" in result.stderr:
            pytest.skip("pip reaches no registry")
        assert result.returncode == 0, result.stderr
        assert (clone / "build" / "demo" / "report.html").stat().st_size > 100_000
    # Of the queries, the quick tests run a sample, which may be empty.
    selection = ("-m", "slow or not slow", "-k", "test_each_query_has_rows")
    result = run(
        clone, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *selection, "tests/test_make_demo.py"
    )
    assert result.returncode == 0, result.stdout + result.stderr
