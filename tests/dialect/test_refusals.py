"""What is refused on purpose: no spelling of it reaches DuckDB, where the same name may mean something else."""

from __future__ import annotations

import re

import pytest

from iamsql.dialect.refusals import FUNCTION_HINTS
from iamsql.dialect.registry import registry
from iamsql.model import IamsqlError
from tests.dialect.database import database, rows

PARTLY = {"to_timestamp"}  # supported with one argument
NAMES = sorted({*FUNCTION_HINTS} - PARTLY)


@pytest.mark.parametrize("name", NAMES)
def test_a_refused_function_is_refused_in_every_spelling_and_position(name: str) -> None:
    calls = [f"{name}(word, word)", f"{name.upper()}(word)", f"pg_catalog.{name}(word, word)", f'"{name}"(word, word)']
    templates = ["select {} from t", "select x from t, {} as x", "select max(case when {} is null then 1 end) from t"]
    statements = [template.format(call) for call in calls for template in templates]
    statements += [f"select id from t where exists (select 1 where {calls[0]} is null) order by {calls[0]}"]
    for statement in statements:
        with pytest.raises(
            IamsqlError, match=f"{name}\\(\\) is not supported.*{re.escape(FUNCTION_HINTS[name][:20])}|FROM "
        ):
            rows(statement)


def test_a_hint_is_not_for_a_function_that_is_translated() -> None:
    assert {*FUNCTION_HINTS} & {*registry().return_types} == PARTLY


def test_the_functions_of_the_hints_exist_in_duckdb() -> None:
    functions = {name for (name,) in database()[0].execute("select function_name from duckdb_functions()").fetchall()}
    hints = [hint for hint in FUNCTION_HINTS.values() if "DuckDB" in hint]
    named_functions = {name for hint in hints for name in re.findall(r"\b([a-z_0-9]+)\(", hint)} - {
        "extract"
    }  # EXTRACT is syntax
    assert len(named_functions) > 15 and named_functions <= functions, named_functions - functions


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("select overlay('abc' placing 'x' from 1 for 2)", "overlay.*left"),
        ("select 'abc' similar to 'a%'", "SIMILAR TO .*Use LIKE"),
        ("select word not similar to 'a#%' escape '#' from t", "SIMILAR TO .*Use LIKE"),
        ("select substring('abc' similar 'a' escape '#')", "SIMILAR"),
        ("select doc #- '{a}' from t", "#- .*document - 'key'"),
        ("select doc @@ '$.a > 1' from t", "@@ .*jsonb_path_exists"),
        ("select doc @? 'strict $.a' from t", "JSON path"),
        ("select doc @? '$.a ? (@ > 1)' from t", "JSON path"),
        ("select doc @? '$.a == 1' from t", "JSON path"),
        ("select doc @? '$.b[0]' from t", "JSON path"),
        ("select doc @? '$.**' from t", "JSON path"),
        ("select doc @? '$.*' from t", "JSON path"),
        ("select doc @? '$.a.size()' from t", "JSON path"),
        ("select doc @? '$.\"a\\u0062\"' from t", "JSON path"),
        ("select doc @? '$a' from t", "JSON path"),
        ("select doc @? word from t", "string literal"),
        ("select jsonb_path_query(doc, '$.keyvalue()') from t", "JSON path"),
        ("select jsonb_path_exists(doc, '$.a', '{}') from t", "3 arguments"),
        ("select x from t, jsonb_path_query(doc, '$[last]') as x", "JSON path"),
        ("select '1.2.3.4'::inet", "type inet .*Compare the text"),
        ("select cast(word as INET) from t", "type inet"),
        ("select inet '1.2.3.4'", "type inet"),
        ("select null::cidr", "type cidr .*Compare the text"),
        ("select '{1.2.3.4}'::inet[]", "type inet"),
        ("select '1.2.3.4'::pg_catalog.inet", "inet is not supported"),
        ("select '1.2.3.4' << '10.0.0.0/8'", "<< .*Compare the text"),
        ("select word <<= '10.0.0.0/8' from t", "<<= .*Compare the text"),
        ("select word >> word from t", ">> .*Compare the text"),
        ("select word >>= word from t", ">>= .*Compare the text"),
        ("select word && word from t", "&& is not supported"),
        ("select word::bytea from t", "type bytea .*BLOB"),
        ("select bytea 'x'", "type bytea"),
        ("select x'1F'", "Bit strings"),
        ("select b'101'", "Bit strings"),
        ("select to_timestamp('2024', 'YYYY')", "2 arguments.*strptime"),
        ("select x from jsonb_to_recordset('[]') as x(a inet)", "jsonb_array_elements"),
    ],
)
def test_refused_syntax(statement: str, reason: str) -> None:
    with pytest.raises(IamsqlError, match=reason):
        rows(statement)


def test_an_error_has_one_or_two_lines() -> None:
    for name in NAMES:
        with pytest.raises(IamsqlError) as caught:
            rows(f"select {name}(word, word) from t")
        assert len(str(caught.value).splitlines()) <= 2
