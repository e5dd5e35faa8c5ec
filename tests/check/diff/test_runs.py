"""The runs of one organization in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.check.diff.runs import find_history, read_run
from iamsql.model import IamsqlError
from tests.minimal_run import make_run


def run(folder: Path, day: int, organization: str = "", accounts: str = "") -> Path:
    statements = [
        f"update iamsql.run set started_at = '2026-03-0{day} 10:00:00+00', organization_id = '{organization}'"
    ]
    statements += [f"update iamsql.accounts set account_id = '{accounts}'"] if accounts else []
    return make_run(folder / f"2026030{day}T100000Z-x.duckdb", statements=tuple(statements))


def test_runs_of_the_organization_come_latest_first_and_others_have_a_reason(tmp_path: Path) -> None:
    paths = [run(tmp_path, day, "o-1") for day in (2, 1, 3)]
    run(tmp_path, 4, "o-2")
    (tmp_path / "20260305T100000Z-x.duckdb").write_bytes(b"no database")
    (tmp_path / "20260306T100000Z-x.duckdb.partial").write_bytes(b"")
    runs, reasons = find_history(tmp_path, read_run(paths[0]))
    assert [each.path for each in runs] == [paths[2], paths[0], paths[1]]
    assert [reason.partition(": ")[0] for reason in reasons] == [
        "20260306T100000Z-x.duckdb.partial", "20260305T100000Z-x.duckdb", "20260304T100000Z-x.duckdb",
    ]  # fmt: skip
    assert reasons[0].endswith("never finished") and reasons[2].endswith("of another organization")


def test_without_an_organization_runs_share_an_account(tmp_path: Path) -> None:
    one, same, other = (
        read_run(run(tmp_path, day, accounts=account)) for day, account in ((1, ""), (2, ""), (3, "9" * 12))
    )
    assert one.is_of(same) and not one.is_of(other)


def test_another_file_is_not_a_run(tmp_path: Path) -> None:
    path = make_run(tmp_path / "x.duckdb", statements=("delete from iamsql.run",))
    with pytest.raises(IamsqlError, match=r"x\.duckdb is not a run of iamsql"):
        read_run(path)
