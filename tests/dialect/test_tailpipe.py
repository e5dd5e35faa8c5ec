"""Public queries for Tailpipe return the same rows over Tailpipe's table and over the same events imported as log files."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from iamsql.sync.importer.write import import_files
from tests.conftest import SHARED
from tests.tiers import slow_but_every

CONFORMANCE = SHARED / "conformance"
CASES = sorted(CONFORMANCE.glob("cases/tp__*.sql"))
# The columns that describe how an event was collected, which differ because Tailpipe collected the events of the estate.
COLLECTOR_COLUMNS = {"tp_id", "source_id", "tp_source_type", "tp_ingest_timestamp", "tp_source_location"}
RENAMED = {
    "event_id": "eventID",
    "request_id": "requestID",
    "shared_event_id": "sharedEventID",
    "source_ip_address": "sourceIPAddress",
}
pytestmark = pytest.mark.skipif(not CASES, reason="the conformance cases are not here")


def camel(name: str) -> str:
    """Return the name of a column in a CloudTrail record."""
    head, *tail = name.split("_")
    return RENAMED.get(name) or head + "".join(word.capitalize() for word in tail)


def renamed(value: Any, structs: bool = True) -> Any:
    """Rename the members of a struct to the names in a record; with `structs` false, return the value unchanged."""
    if isinstance(value, dict) and structs:
        return {camel(key): renamed(inner) for key, inner in value.items() if inner is not None}
    return value


def record(row: dict[str, Any]) -> dict[str, Any]:
    """Return the CloudTrail record of a row of the estate."""
    fields = {
        camel(key): renamed(value, key in ("user_identity", "tls_details"))
        for key, value in row.items()
        if not key.startswith("tp_")
    }
    attributes = fields.get("userIdentity", {}).get("sessionContext", {}).get("attributes", {})
    if "creationDate" in attributes:
        attributes["creationDate"] = datetime.fromtimestamp(attributes["creationDate"] / 1000, UTC).isoformat()
    return fields


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Load the estate with its loader, and return the path of the database."""
    path = tmp_path_factory.mktemp("estate") / "run.duckdb"
    now = "2026-01-31T12:00:00Z"
    subprocess.run([sys.executable, str(CONFORMANCE / "load_estate.py"), str(path), "--now", now], check=True)
    return path


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Import the events of the estate as a log file, and return the path of the run file."""
    folder = tmp_path_factory.mktemp("imported")
    rows = json.loads((CONFORMANCE / "estate" / "aws_cloudtrail_log.json").read_text())
    (folder / "log.json").write_text(json.dumps({"Records": [record(row) for row in rows]}))
    path = import_files([folder / "log.json"], None, folder / "runs").path
    assert path is not None
    return path


@cache
def rows_of(path: Path, sql: str) -> list[dict[str, str]]:
    """Return the rows of a query by column name."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        cursor = con.execute(sql)
        names = [column[0] for column in cursor.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return rows


def shown(rows: list[dict[str, Any]], columns: set[str]) -> list[str]:
    """Return rows as sorted texts of some columns, with JSON in a canonical spelling."""

    def text(value: Any) -> Any:
        if isinstance(value, str) and value[:1] in "{[":
            return json.dumps(json.loads(value), sort_keys=True)
        return str(value)

    return sorted(json.dumps({key: text(row[key]) for key in sorted(columns)}) for row in rows)


@pytest.mark.parametrize("case", slow_but_every(4, CASES), ids=lambda path: path.stem)
def test_a_query_returns_the_same_rows_over_imported_events(case: Path, estate: Path, imported: Path) -> None:
    tailpipe_rows, imported_rows = rows_of(estate, case.read_text()), rows_of(imported, case.read_text())
    assert tailpipe_rows and len(imported_rows) == len(tailpipe_rows)
    columns = set(tailpipe_rows[0]) - COLLECTOR_COLUMNS
    assert columns <= set(imported_rows[0])
    assert shown(imported_rows, columns) == shown(tailpipe_rows, columns)


@pytest.mark.slow
def test_the_command_returns_the_expected_rows(estate: Path) -> None:
    command = f"{sys.executable} -m iamsql query {{sql}} --run {{db}} --output json --quiet"
    line = [sys.executable, str(CONFORMANCE / "run_cases.py"), "--db", str(estate), "--cmd", command]
    result = subprocess.run([*line, "--set", "tailpipe", "--min-pass", "100"], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout
    assert f"{len(CASES)} cases" in result.stdout
