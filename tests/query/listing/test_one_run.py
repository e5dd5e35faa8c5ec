"""The facts of a run: metadata, accounts by outcome, and gaps."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.query.listing import one_run
from tests.minimal_run import GAPS, make_run


def facts(path: Path) -> dict[str, str | None]:
    return dict(one_run.run(path).rows)


def test_accounts_and_gaps_are_counted_by_reason(tmp_path: Path) -> None:
    path = make_run(tmp_path / "20260301T100000Z-o-1.duckdb", GAPS)
    values = facts(path)
    assert (values["path"], values["bytes"], values["status"]) == (str(path), str(path.stat().st_size), "incomplete")
    assert (values["accounts complete"], values["accounts assume_role_failed"]) == ("2", "1")
    assert values["accounts assume_role_failed: AccessDenied"] == "1"
    assert values["accounts inactive: SUSPENDED"] == "1"
    assert values["gap iam:GetAccountAuthorizationDetails denied AccessDenied"] == "1"
    assert values["gap cloudtrail:LookupEvents error InternalError"] == "1"
    assert not [name for name in values if "AssumeRole" in name] and not {"notes", "resumed_at"} & values.keys()


def test_many_gaps_are_cut(tmp_path: Path) -> None:
    many = tuple(("111111111111", "iam", f"List{number:02}", "denied", "AccessDenied") for number in range(25))
    values = facts(make_run(tmp_path / "x.duckdb", many))
    assert sum(name.startswith("gap ") for name in values) == one_run.MAX_LISTED_GAPS
    assert values["further gaps"] == "5: iamsql query skipped_accounts"


@pytest.mark.parametrize(
    ("name", "fact"),
    [("x.duckdb.partial", ("to resume", "iamsql sync --resume")), ("x.duckdb", ("note", "The run was not finished"))],
)
def test_an_interrupted_run_is_partial(tmp_path: Path, name: str, fact: tuple[str, str]) -> None:
    values = facts(make_run(tmp_path / name, statements=("update iamsql.run set status = 'running'",)))
    assert values["status"] == "partial" and (values[fact[0]] or "").startswith(fact[1])


def test_another_duckdb_file_is_an_error(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "x.duckdb")) as con:
        con.execute("create table t as select 1")
    with pytest.raises(IamsqlError, match="is a DuckDB file, but not a run of iamsql"):
        one_run.run(tmp_path / "x.duckdb")
