"""Documents that are too deep, too long or no JSON cost an item at most: every account is told of, and no sync crashes."""

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
from iamsql.sync.options import SilentProgress
from tests.conftest import DAY
from tests.fake_aws import FakeAws
from tests.hostile.names import NAMES, UNSEEN, VICTIM, hostile_room, nested

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


def swept(runs: Path, documents: dict[str, str]) -> tuple[set[str], str, list[tuple[str]]]:
    """Sync an account with these documents: its roles, what became of it, and the codes of what failed."""
    with hostile_room(documents) as room:
        outcome = sync(
            Options(runs=runs, demo=True, tables=("aws_iam_role",), accounts=(VICTIM,)), SilentProgress(), room
        )
    assert outcome.path is not None
    with duckdb.connect(str(outcome.path), read_only=True) as con:
        roles = {
            name for (name,) in con.execute("select name from aws_iam_role where account_id = ?", [VICTIM]).fetchall()
        }
        bad = con.execute(
            "select distinct error_code from iamsql.coverage where status in ('error', 'partial')"
        ).fetchall()
        (told,) = con.execute("select outcome from iamsql.accounts where account_id = ?", [VICTIM]).fetchone() or ("",)
    return roles, told, bad


def test_documents_that_are_none_are_kept_as_they_are(tmp_path: Path) -> None:
    roles, told, bad = swept(tmp_path, DOCUMENTS)
    assert {*DOCUMENTS, NAMES[3]} <= roles and (told, bad) == ("read", [])


def test_a_document_too_deep_to_be_read_is_told_and_costs_no_run(tmp_path: Path) -> None:
    roles, told, bad = swept(tmp_path, {"deeper": nested(5000)})
    if "deeper" in roles:  # later Pythons read deeper
        assert (told, bad) == ("read", [])
    else:
        assert (told, bad) == ("partial", [("RecursionError",), ("ListRoles",)])  # the calls role by role were not made


def test_a_surrogate_in_an_event_costs_no_run(tmp_path: Path) -> None:
    written = json.dumps

    def odd(value: Any, **how: Any) -> str:
        return written(value, **how).replace("aws-cli", r"\ud800\u0000\u001b")

    with patch("json.dumps", odd):
        outcome = sync(Options(runs=tmp_path, demo=True, accounts=("555566667777",)), SilentProgress(), FakeAws(DAY))
    assert outcome.path is not None
    done = CliRunner().invoke(main, ["query", "cloudtrail_events", "--run", str(outcome.path)])
    assert done.exit_code == 0, done.stderr


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_item_is_json_that_duckdb_takes(value: Any) -> None:
    text = canonical_json({"item": value})
    text.encode()
    strict = json.loads(text, parse_constant=lambda word: pytest.fail(word))
    assert set(strict) == {"item"}
    row = TAKES.execute("select json_valid($t), $t::json::varchar", {"t": text}).fetchone()
    assert row == (True, text)


@pytest.mark.parametrize("depth", [20, 400, 900, 3000])
def test_deep_items_are_written_whole(depth: int) -> None:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    before = sys.getrecursionlimit()
    assert canonical_json(value) == "[" * depth + '"x"' + "]" * depth
    assert sys.getrecursionlimit() == before


def test_what_no_json_holds_has_a_stand_in() -> None:
    assert canonical_json({"a": [float("inf"), float("-inf"), float("nan"), 1.5]}) == '{"a":["inf","-inf","nan",1.5]}'
    assert (
        replace_surrogates("a\ud800b") == "a\ufffdb"
        and replace_surrogates("\U0001f600") == "\U0001f600"
        and replace_surrogates(None) is None
    )
    assert replace_surrogates("\ud83d\ude00") == "\U0001f600"


def test_dumps_with_hostile_names_come_in_exactly(tmp_path: Path) -> None:
    dumps, every = tmp_path / "dumps", [*NAMES, *UNSEEN]
    dumps.mkdir()
    users = [
        {
            "Path": "/", "UserName": name, "UserId": f"AIDA{place:017}", "Arn": f"arn:aws:iam::111122223333:user/{place}",
            "CreateDate": "2026-01-01T00:00:00+00:00", "GroupList": [], "AttachedManagedPolicies": [],
            "Tags": [{"Key": name or "k", "Value": name}],
            "UserPolicyList": [{"PolicyName": name, "PolicyDocument": {"Statement": [{"Sid": name}]}}],
        }
        for place, name in enumerate(every)
    ]  # fmt: skip
    details = {"UserDetailList": users, "GroupDetailList": [], "RoleDetailList": [], "Policies": []}
    (dumps / "-rf $(x).json").write_text(json.dumps(details))
    done = CliRunner().invoke(main, ["import", str(dumps), "--runs", str(tmp_path / "runs")])
    assert done.exit_code == 0, done.output + repr(done.exception)
    [run] = (tmp_path / "runs").glob("*.duckdb")
    with duckdb.connect(str(run), read_only=True) as con:
        found = con.execute("select name, tags ->> '$[0].Value' from aws_iam_user order by user_id").fetchall()
    held = [name.replace("\ud800", "\ufffd") for name in every]
    assert [name for name, _ in found] == held
    assert CliRunner().invoke(main, ["query", "from aws_iam_user", "--run", str(run)]).exit_code == 0
