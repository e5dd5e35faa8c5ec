"""Syncs of all organizations: which runs are new, and the rows about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from iamsql.catalog.settings.processes import OrganizationResult
from iamsql.sync.organizations import COLUMNS, sync_organizations
from tests.minimal_run import GAPS, make_run

OLD, NEW = "20260301T100000Z-o-1.duckdb", "20260302T100000Z-o-1.duckdb"


def test_a_row_has_the_run_that_was_written_or_the_error(tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("good", "bad", "partial", "unchanged")}
    for name in ("good", "bad", "unchanged"):
        make_run(folders[name] / OLD, GAPS)
    call_arguments: list[Any] = []

    def run(*arguments: Any) -> list[OrganizationResult]:
        call_arguments.extend(arguments)
        make_run(folders["good"] / NEW, GAPS)
        folders["partial"].mkdir()
        (folders["partial"] / f"{NEW}.partial").write_text("")
        codes = {"good": (3, ""), "bad": (2, "no credentials"), "partial": (130, "Stopped"), "unchanged": (0, "")}
        return [OrganizationResult(name, code, "", error) for name, (code, error) in codes.items()]

    result = sync_organizations(["--strict"], folders, 2, lambda *_: None, {"A": "b"}, run=run)
    command, names, at_once, _, environment = call_arguments
    assert (command, names, at_once, environment) == (["sync", "--strict"], list(folders), 2, {"A": "b"})
    assert (result.exit_code, result.result.columns) == (2, COLUMNS)
    assert result.result.rows == [
        ("good", 3, str(folders["good"] / NEW), ""),
        ("bad", 2, None, "no credentials"),
        ("partial", 130, None, "Stopped"),
        ("unchanged", 0, None, ""),
    ]
