"""The row of `iamsql.run`, with checked types because anybody may have edited the file."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TIMES = ("started_at", "finished_at", "window_start", "window_end", "resumed_at", "reused_started_at")
MAX_TEXT = 2_048  # characters: the longest ARN


@dataclass(frozen=True)
class RunMetadata:
    """The metadata of a run file; all fields are empty for a file that iamsql did not write."""

    run_id: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    iamsql_version: str = ""
    schema_fingerprint: str = ""
    caller_arn: str = ""
    partition: str = ""
    organization_id: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    status: str = ""
    window_start: datetime | None = None
    window_end: datetime | None = None
    management_account_id: str = ""
    resumed_at: datetime | None = None
    reused_from: str = ""
    reused_started_at: datetime | None = None


def parse_metadata(row: dict[str, Any]) -> RunMetadata:
    """Return the metadata of a row of `iamsql.run`, by column. Raise ValueError for a value of another type."""
    try:
        row["options"] = json.loads(row.get("options") or "{}")
    except (TypeError, RecursionError) as error:
        raise ValueError("its options are not JSON") from error
    values = {name: row[name] for name in RunMetadata.__dataclass_fields__ if row.get(name) is not None}
    for name, value in values.items():
        if not isinstance(value, datetime if name in TIMES else dict if name == "options" else str):
            raise ValueError(f"its {name} has another type")
        if isinstance(value, datetime) and value.tzinfo is None:  # DuckDB's infinity
            raise ValueError(f"its {name} is not a time")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise ValueError(f"its {name} has more than {MAX_TEXT} characters")
    return RunMetadata(**values)
