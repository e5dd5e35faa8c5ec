"""Documents that are nested too deeply, too long, or not JSON affect only their own item, and no sync crashes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from iamsql.canonical_json import canonical_json, replace_surrogates
from iamsql.cli import main
from iamsql.sync import Options, sync
from iamsql.sync.options import Progress
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.hostile.names import NAMES, UNSEEN, VICTIM, hostile_aws, nested

TAKES = duckdb.connect()
INFINITE = nested(1).replace("[[]]", "[1e999,-1e999]").replace("[]", "[1e999,-1e999]")
DOCUMENTS = {
    "infinite": INFINITE,
    "digits": nested(1).replace("[]", "9" * 5000),
    "deep": nested(900),
    "cut": '{"Version":',
    "empty": "",
    "text": '"text"',
    "list": "[1,2]",
    "null": "null",
    "bare": "\u202e not JSON at all %7B",
    "surrogate": nested(1).replace("[]", r'["\ud800"]'),
    "control": nested(1).replace("[]", r'["\u0000\u001b[2J"]'),
    "twice": '{"Version":"1","Version":"2","Statement":[],"Statement":[]}',
}


def sync_documents(runs: Path, documents: dict[str, str]) -> tuple[set[str], str, list[tuple[str]]]:
    """Sync an account with these documents; return its roles, its outcome, and the codes of failed calls."""
    with hostile_aws(documents) as aws:
        outcome = sync(Options(runs=runs, demo=True, tables=("aws_iam_role",), accounts=(VICTIM,)), Progress(), aws)
    assert outcome.path is not None
    with duckdb.connect(str(outcome.path), read_only=True) as con:
        roles = {
            name for (name,) in con.execute("select name from aws_iam_role where account_id = ?", [VICTIM]).fetchall()
        }
        bad = con.execute(
            "select distinct error_code from iamsql.coverage where status in ('error', 'partial') order by all"
        ).fetchall()
        (account_outcome,) = con.execute(
            "select outcome from iamsql.accounts where account_id = ?", [VICTIM]
        ).fetchone() or ("",)
    return roles, account_outcome, bad


@pytest.mark.slow
def test_documents_that_are_not_json_are_stored_unchanged(tmp_path: Path) -> None:
    roles, outcome, bad = sync_documents(tmp_path, DOCUMENTS)
    assert {*DOCUMENTS, NAMES[3]} <= roles and (outcome, bad) == ("complete", [])


@pytest.mark.slow
def test_a_document_nested_too_deeply_is_reported_and_the_sync_finishes(tmp_path: Path) -> None:
    roles, outcome, bad = sync_documents(tmp_path, {"deeper": nested(5000)})
    if "deeper" in roles:  # later Pythons read deeper
        assert (outcome, bad) == ("complete", [])
    else:
        # The calls for each role were not made.
        assert (outcome, bad) == ("incomplete", [("ListRoles",), ("RecursionError",)])


@pytest.mark.slow
def test_a_surrogate_in_an_event_does_not_fail_the_sync(tmp_path: Path) -> None:
    written = json.dumps

    def odd(value: Any, **options: Any) -> str:
        return written(value, **options).replace("aws-cli", r"\ud800\u0000\u001b")

    with patch("json.dumps", odd):
        outcome = sync(Options(runs=tmp_path, demo=True, accounts=("555566667777",)), Progress(), FakeAws(DAY))
    assert outcome.path is not None
    result = CliRunner().invoke(main, ["query", "cloudtrail_events", "--run", str(outcome.path)])
    assert result.exit_code == 0, result.stderr


@pytest.mark.slow
@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_item_is_written_as_json_that_duckdb_reads(value: Any) -> None:
    text = canonical_json({"item": value})
    text.encode()
    strict = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert set(strict) == {"item"}
    row = TAKES.execute("select json_valid($t), $t::json::varchar", {"t": text}).fetchone()
    assert row == (True, text)


@pytest.mark.parametrize("depth", [20, 400, 900, 3000])
def test_deeply_nested_items_are_written_completely(depth: int) -> None:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    before = sys.getrecursionlimit()
    assert canonical_json(value) == "[" * depth + '"x"' + "]" * depth
    assert sys.getrecursionlimit() == before


def test_values_that_json_cannot_hold_are_replaced() -> None:
    assert canonical_json({"a": [float("inf"), float("-inf"), float("nan"), 1.5]}) == '{"a":["inf","-inf","nan",1.5]}'
    assert (
        replace_surrogates("a\ud800b") == "a\ufffdb"
        and replace_surrogates("\U0001f600") == "\U0001f600"
        and replace_surrogates(None) is None
    )
    assert replace_surrogates("\ud83d\ude00") == "\U0001f600"


@pytest.mark.slow
def test_hostile_names_of_dumps_are_imported_exactly(tmp_path: Path) -> None:
    dumps, names = tmp_path / "dumps", [*NAMES, *UNSEEN]
    dumps.mkdir()
    users = [
        {
            "Path": "/", "UserName": name, "UserId": f"AIDA{index:017}", "Arn": f"arn:aws:iam::111122223333:user/{index}",
            "CreateDate": "2026-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [],
            "Tags": [{"Key": name or "k", "Value": name}],
            "UserPolicyList": [{"PolicyName": name, "PolicyDocument": {"Statement": [{"Sid": name}]}}],
        }
        for index, name in enumerate(names)
    ]  # fmt: skip
    details = {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (dumps / "-rf $(x).json").write_text(json.dumps(details))
    result = CliRunner().invoke(main, ["import", str(dumps), "--runs", str(tmp_path / "runs")])
    assert result.exit_code == 0, result.output + repr(result.exception)
    [run] = (tmp_path / "runs").glob("*.duckdb")
    with duckdb.connect(str(run), read_only=True) as con:
        rows = con.execute("select name, tags ->> '$[0].Value' from aws_iam_user order by user_id").fetchall()
    stored = [name.replace("\ud800", "\ufffd") for name in names]
    assert [name for name, _ in rows] == stored
    assert CliRunner().invoke(main, ["query", "from aws_iam_user", "--run", str(run)]).exit_code == 0
