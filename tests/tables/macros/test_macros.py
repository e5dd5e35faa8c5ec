"""The scalar macros return the canonical forms, and accept every document that an account may have."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

MACROS = (files("iamsql") / "tables" / "macros" / "macros.sql").read_text(encoding="utf-8")
CASES = json.loads((Path(__file__).parent / "data" / "macros.json").read_text())
ESTATE = Path(__file__).parents[4] / "shared" / "conformance" / "estate"
PAIRS = [
    ("aws_iam_policy", "policy", "policy_std", "policy_std"),
    ("aws_iam_role", "assume_role_policy", "assume_role_policy_std", "policy_std"),
    ("aws_ssoadmin_permission_set", "inline_policy", "inline_policy_std", "policy_std"),
    *(
        (f"aws_iam_{kind}", "inline_policies", "inline_policies_std", "inline_std")
        for kind in ("user", "role", "group")
    ),
    *((f"aws_iam_{kind}", "tags_src", "tags", "tag_map") for kind in ("user", "role", "policy")),
]
# The views standardise each distinct document once; here a list of inline policies is enough.
INLINE_STD = """
create macro inline_std(list) as case when json_array_length(list::json) > 0 then to_json([
    json_object('PolicyName', inline_ -> '$.PolicyName', 'PolicyDocument', policy_std(inline_ -> '$.PolicyDocument'))
    for inline_ in elements(list)]) end
"""


@pytest.fixture(scope="module")
def db() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    connection.execute(MACROS)
    connection.execute(INLINE_STD)
    return connection


def in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_order(value[key]) for key in sorted(value, key=lambda key: (len(key.encode()), key.encode()))}
    return [in_order(item) for item in value] if isinstance(value, list) else value


def compact(value: Any) -> str | None:
    return None if value is None else json.dumps(in_order(value), separators=(",", ":"), ensure_ascii=False)


def ask(db: duckdb.DuckDBPyConnection, sql: str, *values: Any) -> Any:
    row = db.execute(f"select {sql}", list(values)).fetchone()
    return row and row[0]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["sql"])
def test_a_macro_returns_the_expected_value(db: duckdb.DuckDBPyConnection, case: dict[str, Any]) -> None:
    assert ask(db, f"cast({case['sql']} as varchar)") == case["gives"]


@pytest.mark.skipif(not ESTATE.exists(), reason="the conformance estate is not here")
@pytest.mark.parametrize(("table", "source", "target", "macro"), PAIRS)
def test_the_macros_return_the_columns_of_the_conformance_cases(
    db: duckdb.DuckDBPyConnection, table: str, source: str, target: str, macro: str
) -> None:
    rows = json.loads((ESTATE / f"{table}.json").read_text())
    given_ = [compact(row.get(source)) for row in rows]
    got = db.execute(f"select cast({macro}(cast(x as json)) as varchar) from (select unnest(?::varchar[]) x)", [given_])
    assert [row[0] for row in got.fetchall()] == [compact(row.get(target)) for row in rows]


def test_a_stored_run_file_has_the_macros_and_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "run.duckdb"
    with duckdb.connect() as writer:
        writer.execute(f"attach '{path}' as run (storage_version 'v1.2.0'); use run")
        writer.execute(MACROS)
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute(MACROS.replace("create or replace macro", "create or replace temp macro"))
        names = "statement, principal, name, list, member, texts, v, k, policy"
        row = connection.execute(
            f"select policy_std(doc), {names} from (select '{{}}' doc, {_columns(names)})"
        ).fetchone()
    assert row == ('{"Statement":[]}', *names.split(", "))


def _columns(names: str) -> str:
    return ", ".join(f"'{name}' {name}" for name in names.split(", "))


TEXTS = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6)
KEYS = st.text(alphabet='aAbB:/~" .$*é', min_size=1, max_size=4)
VALUES = st.one_of(TEXTS, st.lists(TEXTS, max_size=3))
CONDITION_VALUES = st.one_of(TEXTS, st.booleans(), st.integers(0, 10**9), st.lists(TEXTS, max_size=3))
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={
        "Sid": TEXTS,
        **dict.fromkeys(("Action", "NotAction", "Resource", "NotResource"), VALUES),
        **{name: st.one_of(TEXTS, st.dictionaries(KEYS, VALUES, max_size=3)) for name in ("Principal", "NotPrincipal")},
        "Condition": st.dictionaries(KEYS, st.dictionaries(KEYS, CONDITION_VALUES, max_size=3), max_size=2),
    },
)
POLICIES = st.fixed_dictionaries(
    {"Statement": st.one_of(STATEMENTS, st.lists(STATEMENTS, max_size=2))}, optional={"Version": TEXTS, "Id": TEXTS}
)


def texts(value: Any) -> list[str]:
    return [
        item if isinstance(item, str) else json.dumps(item) for item in (value if isinstance(value, list) else [value])
    ]


def as_set(values: list[str]) -> list[str]:
    return sorted(set(values))


def lowered(value: dict[str, Any]) -> dict[str, list[str]]:
    names = {key.lower() for key in value}
    return {name: as_set([t for key in value if key.lower() == name for t in texts(value[key])]) for name in names}


def statement_std(statement: dict[str, Any]) -> dict[str, Any]:
    standard: dict[str, Any] = {}
    for name, value in statement.items():
        if name in ("Sid", "Effect"):
            standard[name] = value
        elif name in ("Action", "NotAction"):
            standard[name] = as_set([text.lower() for text in texts(value)])
        elif name == "Condition":
            standard[name] = {operator: lowered(keys) for operator, keys in value.items()}
        elif name.endswith("Principal"):
            whom = value if isinstance(value, dict) else {"AWS": value}
            standard[name] = {kind: as_set(texts(values)) for kind, values in whom.items()}
        else:
            standard[name] = as_set(texts(value))
    return {name: value for name, value in standard.items() if value}


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(policy=POLICIES)
def test_any_policy_has_the_canonical_form_of_a_second_implementation(
    db: duckdb.DuckDBPyConnection, policy: dict[str, Any]
) -> None:
    statements = policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
    heads = {name: policy[name] for name in ("Version", "Id") if policy.get(name)}
    want = heads | {"Statement": [statement_std(statement) for statement in statements]}
    got = ask(db, "cast(policy_std(cast(? as json)) as varchar)", json.dumps(policy))
    assert json.loads(got) == want
    assert got == ask(db, "cast(policy_std(?) as varchar)", got)
    assert list(json.loads(got)) == list(in_order(json.loads(got)))


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(junk=st.one_of(TEXTS, st.recursive(st.none() | st.booleans() | st.integers() | TEXTS, st.lists).map(json.dumps)))
def test_malformed_documents_do_not_raise(db: duckdb.DuckDBPyConnection, junk: str) -> None:
    for macro in ("policy_std", "inline", "tag_map", "report_time", "report_bool", "report_text"):
        ask(db, f"{macro}(?)", junk)
    ask(db, "pluck(?, 'Key')", junk)
