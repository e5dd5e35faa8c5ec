"""Runs of a lake on another engine: Spark Connect, and text for Amazon Athena. Loaded only with --engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from iamsql.lake.engines.athena import AthenaLake, athena_text
from iamsql.lake.engines.remote import RemoteQueries
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.lake.mount import LakeRunView
from iamsql.model import IamsqlError, Query
from iamsql.runs.store.deferred import RemoteEngine
from iamsql.tables.fragments.events import EVENTS_TABLE


def spark(url: str, *, is_strict: bool) -> Callable[[LakeRunView], RemoteEngine]:
    """Return a function that connects a run to a Spark Connect server. If `is_strict`, DuckDB runs no statement."""

    def connect(view: LakeRunView) -> RemoteEngine:
        server = SparkConnect(url, uris(view), until=view.newest_run, since=view.since)
        return RemoteQueries(server, is_strict=is_strict)

    return connect


def uris(view: LakeRunView) -> dict[str, list[str]]:
    """Return where another engine finds the files of each table of a run, and of the events."""
    files = {name: [view.storage.uri(file.path) for file in found] for name, found in view.tables.items()}
    return {**files, EVENTS_TABLE: [view.storage.uri(file.file.path) for file in view.events]}


def athena(view: LakeRunView, query: Query, values: Mapping[str, Any]) -> str:
    """Return a shipped query over a run as text for Amazon Athena. Raise IamsqlError for a lake that is not in S3."""
    if not view.storage.name.startswith("s3://"):
        raise IamsqlError(f"Athena reads lakes in S3, and {view.storage.name} is a folder.\nOmit --engine.")
    days = sorted(file.day for file in view.events)
    lake = AthenaLake(
        view.storage.name,
        view.run.organization,
        view.run.run_id,
        tuple(sorted({file.region for file in view.events})),
        (days[0], days[-1]) if days else ("2013-11-01", "NOW"),
        {name: tuple(file.path for file in files) for name, files in view.tables.items()},
    )
    return athena_text(query, values, lake, datetime.fromisoformat(view.run.started_at))
