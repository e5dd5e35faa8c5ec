"""Functions that read the clock, and concatenations without an order, are found in code, not in comments or strings."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.check.lint.determinism import clock_functions, unordered_concatenations


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select now(), NOW ( ), today()", ["now", "now", "today"]),
        ("select current_date - 3, Current_Timestamp, localtimestamp", ["current_date", "current_timestamp", "localtimestamp"]),
        ("select age(create_date), age(a, b)", ["age"]),
        ("select get_current_timestamp()", ["get_current_timestamp"]),
        ("select 'now()', \"today()\", $$now()$$ -- current_date\n/* now() */", []),
        ("select t.current_date, nowhere(), know(), as_of(), current_dates, $current_date", []),
    ],
)  # fmt: skip
def test_the_clock_is_found_in_code_only(sql: str, names: list[str]) -> None:
    assert [name for name, _ in clock_functions(sql)] == names


def test_the_offset_is_that_of_the_function() -> None:
    sql = "-- now()\nselect 'x', now()"
    assert [offset for _, offset in clock_functions(sql)] == [sql.rindex("now()")]


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("select string_agg(a, ', '), STRING_AGG (distinct a, ','), listagg(a)", ["string_agg", "string_agg", "listagg"]),
        ("select string_agg(a, ', ' order by a), string_agg(distinct f(a), ',' Order\nBy f(a))", []),
        ("select string_agg(a, ',' /* order by a */) from t order by a", ["string_agg"]),
        ("select string_agg(a, ')' order by a), string_agg(a", ["string_agg"]),
        ("select 'string_agg(a)', my_string_agg(a), \"listagg(\"", []),
        ("select string_agg((select string_agg(b, '') from u), ',' order by a)", ["string_agg"]),
    ],
)  # fmt: skip
def test_concatenations_without_an_order_are_found(sql: str, names: list[str]) -> None:
    assert [name for name, _ in unordered_concatenations(sql)] == names


def test_no_macro_of_iamsql_concatenates_without_an_order() -> None:
    folder = Path(__file__).parents[3] / "iamsql"
    files = sorted(folder.rglob("*.sql"))
    assert len(files) > 40 and sum("string_agg" in file.read_text(encoding="utf-8") for file in files) > 5
    calls = [
        (file.name, name) for file in files for name, _ in unordered_concatenations(file.read_text(encoding="utf-8"))
    ]
    assert calls == []
