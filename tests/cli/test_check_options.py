"""Notes and errors of `iamsql check` on stderr."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.catalog import Config
from iamsql.cli.check_options import build_evaluation, report_failures

CHECKS: Any = SimpleNamespace(
    notes=lambda names: ["skipped.sql: no title"], failures=lambda names: ["bad.sql: invalid"]
)


@pytest.mark.parametrize(
    ("quiet", "lines"),
    [(False, ["skipped.sql: no title", "a note\\x1b[2J", "Error: failed", "Error: bad.sql: invalid"]),
     (True, ["Error: failed", "Error: bad.sql: invalid"])],
)  # fmt: skip
def test_errors_are_printed_and_counted_also_quietly(
    quiet: bool, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    options: Any = SimpleNamespace(names=("all",), quiet=quiet)
    assert report_failures(["a note\x1b[2J"], ["failed"], CHECKS, options) == 2
    assert capsys.readouterr().err.splitlines() == lines


def test_the_folder_of_a_lake_replaces_the_runs_folder(tmp_path: Any) -> None:
    options: Any = SimpleNamespace(run="latest", runs=str(tmp_path), timeout=5, memory="1GB", args=("days=3",))
    evaluation = build_evaluation(options, Config())
    assert (evaluation.run, evaluation.runs_dir, evaluation.args) == ("latest", tmp_path, {"days": "3"})
    assert evaluation.limits and evaluation.limits.seconds == 5
    options.runs = lake = object()
    assert build_evaluation(options, Config()).runs_dir is lake
