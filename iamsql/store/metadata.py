"""What a run file says of itself, held to its types: the file may be anybody's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TIMES = ("started_at", "finished_at", "window_start", "window_end", "resumed_at", "carried_started_at")
LONGEST = 2_048  # characters of a text: an ARN has at most as many


@dataclass(frozen=True)
class Facts:
    """What a run file says of itself; all empty for a file that iamsql did not make."""

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
    carried_from: str = ""
    carried_started_at: datetime | None = None


def facts_of(row: dict[str, Any]) -> Facts:
    """Take the facts from the row that a file has of itself; raise ValueError where they are none."""
    try:
        row["options"] = json.loads(row.get("options") or "{}")
    except (TypeError, RecursionError) as error:
        raise ValueError("its options are no JSON") from error
    told = {name: row[name] for name in Facts.__dataclass_fields__ if row.get(name) is not None}
    for name, value in told.items():
        if not isinstance(value, datetime if name in TIMES else dict if name == "options" else str):
            raise ValueError(f"its {name} is of another type")
        if isinstance(value, datetime) and value.tzinfo is None:  # DuckDB's infinity
            raise ValueError(f"its {name} is no time")
        if isinstance(value, str) and len(value) > LONGEST:
            raise ValueError(f"its {name} has more than {LONGEST} characters")
    return Facts(**told)
