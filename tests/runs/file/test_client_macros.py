"""The parts of macros that older clients need change neither answers nor the SQL that other engines get."""

from __future__ import annotations

import duckdb
import pytest

from iamsql.runs.file import client_macros
from iamsql.runs.file.client_macros import EVALUATIONS, JOIN_TEXTS, REFUSAL_MESSAGE, for_clients
from iamsql.tables.compiler.run_macros import macro_texts, table_macros

EVALUATION = min(EVALUATIONS)
MACRO = f"create or replace macro {EVALUATION}(x) as table\nwith a as (select x as y) select y from a"


def test_texts_are_joined_as_by_the_current_duckdb() -> None:
    with duckdb.connect() as con:
        con.execute(JOIN_TEXTS)
        for texts in ("[]", "null", "[null]", "['a']", "['a', null, 'b']", "[1, 2]", "['', '']"):
            ((ours, theirs),) = con.execute(
                f"select join_texts({texts}, '; '), array_to_string({texts}, '; ')"
            ).fetchall()
            assert ours == theirs, texts


def test_macros_of_run_files_do_not_call_the_function_that_older_clients_evaluate_differently() -> None:
    written = [for_clients(text) for text in macro_texts().values()]
    assert not [text for text in written if "array_to_string(" in text]
    assert [text for text in written if "join_texts(" in text]


def test_the_macro_that_evaluates_policies_checks_the_version() -> None:
    written = for_clients(MACRO)
    assert written.startswith(f"create or replace macro {EVALUATION}(x) as table\nselect m.* from range(case when ")
    with duckdb.connect() as con:
        con.execute(written)
        assert con.execute(f"from {EVALUATION}(3)").fetchall() == [(3,)]
        assert [row[0] for row in con.description or ()] == ["y"]


@pytest.mark.parametrize(
    ("version", "is_refused"),
    [("v1.2.2", True), ("v1.3.2", True), ("v1.4.2", False), ("v1.10.0", False), ("v2.0.1", False)],
)
def test_versions_before_1_4_are_refused_when_a_statement_is_bound(version: str, is_refused: bool) -> None:
    written = for_clients(MACRO).replace("version()", f"'{version}'")
    with duckdb.connect() as con:
        if not is_refused:
            con.execute(written)
            con.execute(f"explain from {EVALUATION}(3)")
            return
        with pytest.raises(duckdb.Error, match=REFUSAL_MESSAGE[:20]):
            con.execute(written)  # which binds the macro


def test_only_these_macros_are_checked() -> None:
    assert sum(client_macros._IS_SUPPORTED in for_clients(statement) for statement in table_macros()) == len(
        EVALUATIONS
    )
