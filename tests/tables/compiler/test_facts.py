"""Each CSV file of facts is a table macro with the same rows in the same order. Facts state their source and date."""

from __future__ import annotations

import re
from datetime import date

import duckdb
import pytest

from iamsql.tables.compiler import run_macros
from iamsql.tables.compiler.facts import DATA, FILES_WITH_FACTS, PACKAGE, fact_sources, facts_as_values, read_facts

NAMES = sorted(path.stem for path in DATA.iterdir())
REBUILD = re.compile(r"^(?:#|--) rebuild: ", re.MULTILINE)


def fields(value: object) -> str:
    """Return a value of the macro as the CSV file has it."""
    return " ".join(value) if isinstance(value, list) else "" if value is None else str(value)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_a_macro_with_its_rows(name: str) -> None:
    file = read_facts(DATA / f"{name}.csv")
    with duckdb.connect() as con:
        con.execute(run_macros.macro_texts()[name])
        cursor = con.execute(f"from {name}()")
        columns = [(column[0], str(column[1])) for column in cursor.description or ()]
        rows = cursor.fetchall()
        assert [list(map(fields, row)) for row in rows] == file.rows
        con.execute(facts_as_values()[name])
        assert con.execute(f"from {name}()").fetchall() == rows
    assert columns == [
        (name.removesuffix("[]"), "VARCHAR[]" if name.endswith("[]") else "VARCHAR") for name in file.header
    ]


def test_all_facts_state_their_source_and_date() -> None:
    with duckdb.connect() as con:
        con.execute(run_macros.macro_texts()["iam_fact_sources"])
        rows = con.execute("select name, file, about, source, date, rebuild from iam_fact_sources()").fetchall()
    assert [row[0] for row in rows[: len(NAMES)]] == NAMES
    assert [row for row in rows if not all(row)] == []
    assert [row for row in rows if not date(2026, 1, 1) <= date.fromisoformat(row[4])] == []


def test_the_list_has_each_file_with_facts_and_each_of_its_comments() -> None:
    texts = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*")
        if path.suffix in (".py", ".sql", ".csv")
        and path.parent != DATA
        and path != PACKAGE / "tables" / "compiler" / "facts.py"
    }
    counts = {name: len(REBUILD.findall(text)) for name, text in texts.items() if REBUILD.search(text)}
    assert sorted(counts) == sorted(FILES_WITH_FACTS)
    assert len(list(fact_sources())) == len(NAMES) + sum(counts.values())


def test_the_facts_of_constants_have_the_name_of_the_constant() -> None:
    names = {(source.file, source.name) for source in fact_sources()}
    assert {("iamsql/aws/rates/quotas.py", "QUOTAS"), ("iamsql/aws/partitions.py", "HOME_REGIONS")} <= names
    assert {
        ("iamsql/tables/macros/regions.sql", "iam_events_region"),
        ("iamsql/tables/iam_actions.csv", "iam_actions"),
    } <= names
