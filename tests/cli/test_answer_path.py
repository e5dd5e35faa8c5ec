"""A named query takes few steps from the command to the terminal."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

FUNCTIONS, MODULES = 147, 45  # lower them when there are fewer


def test_a_named_query_passes_through_few_functions(demo_run: Path, tmp_path: Path) -> None:
    shutil.copy(demo_run, tmp_path)
    command = [sys.executable, "-m", "tests.answer_path", "query", "stale_keys", "--runs", str(tmp_path), "--quiet"]
    # The first process stores the status of the run, and in a source tree what the query depends on.
    _, second = (subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2))
    assert "access_key_id" in second.stdout
    *path, numbers = second.stderr.splitlines()
    functions, modules = (int(word) for word in numbers.split() if word.isdigit())
    assert functions == len(path) > 50
    assert (functions <= FUNCTIONS, modules <= MODULES) == (True, True), second.stderr
