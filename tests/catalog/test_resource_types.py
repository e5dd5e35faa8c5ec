"""The front matter key resource_types: known types, which the SQL names as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.catalog.frontmatter import parse
from iamsql.catalog.resource_types import resource_types_in
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import candidate_tables
from iamsql.runs.coverage.resource_types import TABLE

TWO = "select * from aws_resource_policy where resource_type in ('kms_key', 's3_bucket')"


def read(types: str, sql: str) -> Query:
    """Parse a query that declares resource types."""
    return parse(f"-- title: Resources\n-- resource_types: {types}\n\n{sql}", Path("x.sql"))


def test_types_are_a_list() -> None:
    assert read("s3_bucket, kms_key", TWO).resource_types == ("s3_bucket", "kms_key")
    assert parse("-- title: Resources\n\nselect 's3_bucket'", Path("x.sql")).resource_types == ()


@pytest.mark.parametrize(
    ("types", "sql", "message"),
    [
        ("s3_buckets", TWO, r"x\.sql:2: unknown resource type 's3_buckets'; did you mean s3_bucket\b"),
        ("s3_bucket,", TWO, r"x\.sql:2: unknown resource type ''"),
        ("s3_bucket", TWO, r"x\.sql:2: resource_types is s3_bucket, but the SQL has 'kms_key', 's3_bucket'"),
        ("s3_bucket, kms_key, secret", TWO, r"x\.sql:2: .* but the SQL has 'kms_key', 's3_bucket'"),
        ("secret", "select 1 -- 'secret'", r"x\.sql:2: .* but the SQL has no resource type"),
    ],
)
def test_types_that_differ_from_the_sql_are_an_error(types: str, sql: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        read(types, sql)


def test_types_are_text_literals() -> None:
    assert resource_types_in("""select 'secret', "kms_key", 'it''s', $$sqs_queue$$ -- 's3_bucket'""") == ["secret"]


def test_each_control_over_resources_declares_their_types() -> None:
    folder = Path(catalog.shipped_folder()) / "controls" / "resources"
    queries = [catalog.read_file(path) for path in sorted(folder.glob("*.sql"))]
    reading = [query for query in queries if TABLE in candidate_tables(query.sql)]
    assert len(reading) >= 20
    assert [query.name for query in reading if not query.resource_types] == []
    several = [query.name for query in reading if len(query.resource_types) > 1]
    assert several == ["resource_policy_not_public"]
