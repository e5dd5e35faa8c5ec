"""The types that the rewrites distinguish, and PostgreSQL's names of types."""

from __future__ import annotations

import pytest
from sqlglot import exp

from iamsql.dialect.data_types import postgres_type_of_column, type_category, type_name


@pytest.mark.parametrize(
    ("name", "kind", "internal"),
    [
        ("integer", "int", "int4"),
        ("bigint", "int", "int8"),
        ("double precision", "float", "float8"),
        ("numeric", "number", "numeric"),
        ("text", "text", "text"),
        ("varchar(9)", "text", "varchar"),
        ("char(3)", "text", "bpchar"),
        ("boolean", "boolean", "bool"),
        ("jsonb", "json", "jsonb"),
        ("timestamp", "timestamp", "timestamp"),
        ("timestamptz", "timestamptz", "timestamptz"),
        ("bytea", "unknown", "bytea"),
        ("text[]", "text[]", "text"),
        ("int[][]", "int[][]", "int4"),
        ("ltree", "ltree", "ltree"),
        ("LQUERY", "text", "lquery"),
        ("mood", "unknown", "mood"),
    ],
)
def test_names_of_postgresql(name: str, kind: str, internal: str) -> None:
    data_type = exp.DataType.build(name, dialect="postgres", udt=True)
    assert (type_category(data_type), type_name(data_type)) == (kind, internal)


def test_another_expression_has_no_type() -> None:
    assert type_category(exp.column("a")) == "unknown" and type_name(exp.column("A")) == "a"


@pytest.mark.parametrize(
    ("column", "duckdb_type", "kind"),
    [
        (("aws_organizations_organizational_unit", "path"), "VARCHAR", "ltree"),
        (("aws_iam_user", "path"), "VARCHAR", "text"),
        (("t", "c"), "STRUCT(a INTEGER)[]", "row[]"),
        (("t", "c"), "MAP(VARCHAR, VARCHAR)", "row"),
        (("t", "c"), "HUGEINT", "int"),
        (("t", "c"), "TIMESTAMP WITH TIME ZONE", "timestamptz"),
    ],
)
def test_types_of_stored_columns(column: tuple[str, str], duckdb_type: str, kind: str) -> None:
    assert postgres_type_of_column(*column, duckdb_type) == kind
