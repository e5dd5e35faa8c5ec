"""Names of result columns without an alias."""

from __future__ import annotations

import pytest

from tests.dialect.database import result


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("word", "word"),
        ("t.word", "word"),
        ("lower(word)", "lower"),
        ("id::text", "id"),
        ("'1'::int", "int4"),
        ("cast('1' as bigint)", "int8"),
        ("'{}'::jsonb", "jsonb"),
        ("'a'::varchar(3)", "varchar"),
        ("1::numeric", "numeric"),
        ("interval '1 day'", "interval"),
        ("date '2024-01-01'", "date"),
        ("timestamptz '2024-01-01'", "timestamptz"),
        ("(tags ->> 'x')::int", "int4"),
        ("tags -> 'x'", "?column?"),
        ("1 + 1", "?column?"),
        ("-id", "?column?"),
        ("'x'", "?column?"),
        ("null", "?column?"),
        ("true", "bool"),
        ("not flag", "?column?"),
        ("flag is true", "?column?"),
        ("word like 'a'", "?column?"),
        ("coalesce(word, 'x')", "coalesce"),
        ("nullif(word, 'x')", "nullif"),
        ("greatest(1, 2)", "greatest"),
        ("case when flag then 1 end", "case"),
        ("case when flag then 1 else id end", "id"),
        ("case when flag then 'x' else lower(word) end", "lower"),
        ("(select max(id) from t)", "max"),
        ("(select id as top from t limit 1)", "top"),
        ("exists (select 1)", "exists"),
        ("array[1]", "array"),
        ("array(select 1)", "array"),
        ("(array[id])[1]", "array"),
        ("list[1]", "list"),
        ("row(1, 2)", "row"),
        ("count(*) over ()", "count"),
        ("row_number() over (order by id)", "row_number"),
        ("extract(year from made)", "extract"),
        ("made at time zone 'UTC'", "timezone"),
        ("trim(word)", "btrim"),
        ("trim(leading 'a' from word)", "ltrim"),
        ("substring(word from 1 for 2)", "substring"),
        ("position('a' in word)", "position"),
        ("current_date", "current_date"),
        ("current_user", "current_user"),
        ("current_timestamp", "current_timestamp"),
        ("localtimestamp", "localtimestamp"),
        ("now()", "now"),
        ("user", "user"),
        ('word collate "C"', "word"),
    ],
)
def test_columns_without_an_alias(expression: str, name: str) -> None:
    assert result(f"select {expression} from t where id = 1")[0] == [name]
