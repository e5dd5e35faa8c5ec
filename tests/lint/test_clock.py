"""Functions that read the clock are found in the code, and not in strings, comments and names."""

from __future__ import annotations

import pytest

from iamsql.lint.clock import clock_functions


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
