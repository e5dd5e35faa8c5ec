"""The stored tables that another engine reads."""

from __future__ import annotations

from iamsql.lake.engines.tables import stored_tables
from iamsql.tables.fragments.events import EVENTS_TABLE, STORED_COLUMNS


def test_tables_of_aws_and_of_iamsql_have_the_types_of_their_columns() -> None:
    tables = stored_tables()
    assert tables["aws_iam_user"]["create_date"].startswith("TIMESTAMP")
    assert tables["aws_iam_user"]["arn"] == "VARCHAR"
    assert tables["iamsql.coverage"]["requests"] == "BIGINT"
    assert list(tables[EVENTS_TABLE]) == list(STORED_COLUMNS)
    assert tables[EVENTS_TABLE]["event_name"] == "VARCHAR"


def test_views_are_not_stored() -> None:
    assert not [name for name in stored_tables() if not name.startswith(("aws_", "iamsql."))]
    assert "effective_permissions" not in stored_tables()
