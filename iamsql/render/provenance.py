"""Where rows come from. A file that leaves the machine needs it: the run, the query, and the data that is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Provenance:
    """The title, query (NAME@VERSION) and parameters of rows, and their run; '' and None if unknown.

    `notes` are the notes on missing data that the command prints.
    """

    title: str = ""
    query: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    run_id: str = ""
    started_at: datetime | None = None
    notes: Sequence[str] = ()
