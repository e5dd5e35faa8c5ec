"""Records as the events of a run in memory, and the records that the SQL of a rule selects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
from sigma.rule import SigmaRule

from iamsql.query.sigma.policy import SIGMA_POLICY
from iamsql.query.sigma.statement import rule_statement
from iamsql.tables.fragments import events as _events
from tests.detections.harness import BATCH

LOGSOURCE = {"product": "aws", "service": "cloudtrail"}


def rule_of(detection: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Return a rule for AWS CloudTrail; without a condition, all detections must match."""
    condition = {"condition": " and ".join(detection)} | dict(detection)
    return {"title": "A rule", "logsource": LOGSOURCE, "detection": condition} | members


def load(con: duckdb.DuckDBPyConnection, records: Iterable[Mapping[str, Any]]) -> None:
    """Replace the events by records, whose event IDs are e0, e1 and so on."""
    numbered = [
        {"eventID": f"e{index}", "eventName": "Any", "recipientAccountId": "111122223333"} | dict(record)
        for index, record in enumerate(records)
    ]
    con.execute(f"delete from {_events.EVENTS_TABLE}")
    texts = [json.dumps(record, ensure_ascii=False, separators=(",", ":")) for record in numbered]
    con.execute(_events.insert_events(_events.parse_records(BATCH)), {"records": texts})


def selected(con: duckdb.DuckDBPyConnection, rule: Mapping[str, Any]) -> set[int]:
    """Return the positions of the records that the SQL of a rule selects."""
    events = con.execute(rule_statement(SigmaRule.from_dict(dict(rule), policy=SIGMA_POLICY))).fetchall()
    return {int(row[-1].removeprefix("e")) for row in events}


def stored(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the texts of the records as the run has them, by position."""
    sql = "select cast(event as varchar) from aws_cloudtrail_event order by cast(event_id[2:] as integer)"
    return [text for (text,) in con.execute(sql).fetchall()]
