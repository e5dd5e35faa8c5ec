"""DuckDB answers a query over the events that the server selected as it does over all events."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from iamsql.catalog import bind
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.model import IamsqlError
from iamsql.tables.fragments.events import EVENTS_TABLE
from tests.conftest import sample_run
from tests.lake.engines.catalogue import newest
from tests.lake.engines.certify import sail_server
from tests.lake.engines.compare import expected_answer
from tests.lake.engines.parquet_files import export
from tests.lake.engines.runs import alter

pytestmark = pytest.mark.slow

DETECTIONS = (
    *(
        "added_to_admin_group",
        "admin_policy_attached",
        "bucket_policy_opened",
        "federation_token_of_user",
        "kms_key_opened",
    ),
    *("image_repository_opened", "inline_policy_wildcard", "managed_policy_wildcard", "organization_guardrail_removed"),
    *(
        "permissions_boundary_removed",
        "role_created_for_external_account",
        "role_trust_opened",
        "security_group_opened",
    ),
    *("trail_selectors_narrowed", "trail_weakened"),
)


def test_the_selected_events_give_the_same_answer(tmp_path: Path) -> None:
    run, selected = tmp_path / "run.duckdb", tmp_path / "selected.duckdb"
    shutil.copyfile(sample_run(), run)
    alter(run, 11, hostile=False)
    shutil.copyfile(run, selected)
    files = export(run, tmp_path / "parquet")
    with (
        sail_server() as url,
        closing(SparkConnect(url, files)) as engine,
        closing(duckdb.connect(str(run), read_only=True)) as complete,
        closing(duckdb.connect(str(selected))) as over_selected,
    ):
        (events,) = complete.execute(f"select count(*) from {EVENTS_TABLE}").fetchone() or (0,)
        for name in DETECTIONS:
            query = newest()[name]
            values = bind(query, {})
            events_of_query = engine.events_for(query, values)
            over_selected.execute(f"delete from {EVENTS_TABLE}")
            over_selected.executemany(
                f"insert into {EVENTS_TABLE} values ({', '.join('?' * len(events_of_query.columns))})",
                events_of_query.rows,
            )
            expected = expected_answer(complete, query, values)
            assert expected_answer(over_selected, query, values).rows == expected.rows, name
            assert expected.rows, name
            assert len(events_of_query.rows) < events / 3, name


def test_a_query_that_needs_all_events_is_refused() -> None:
    query = newest()["whoami_from_new_address"]
    with (
        sail_server() as url,
        closing(SparkConnect(url, {})) as engine,
        pytest.raises(IamsqlError, match="whoami_from_new_address needs all events"),
    ):
        engine.events_for(query, bind(query, {}))
