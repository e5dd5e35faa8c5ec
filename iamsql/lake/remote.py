"""Runs of a lake on a Spark Connect server. Loaded only with --engine."""

from __future__ import annotations

from collections.abc import Callable

from iamsql.lake.engines.remote import RemoteQueries
from iamsql.lake.engines.spark_connect import SparkConnect
from iamsql.lake.mount import LakeRunView
from iamsql.runs.store.source import RemoteEngine
from iamsql.tables.fragments.events import EVENTS_TABLE


def spark_connector(url: str, *, is_strict: bool) -> Callable[[LakeRunView], RemoteEngine]:
    """Return a function that connects a run to a Spark Connect server. If `is_strict`, DuckDB runs no statement."""

    def connect(view: LakeRunView) -> RemoteEngine:
        server = SparkConnect(url, table_uris(view), until=view.newest_run, since=view.since)
        return RemoteQueries(server, is_strict=is_strict)

    return connect


def table_uris(view: LakeRunView) -> dict[str, list[str]]:
    """Return where another engine finds the files of each table of a run, and of the events."""
    files = {name: [view.storage.uri(file.path) for file in table_files] for name, table_files in view.tables.items()}
    return {**files, EVENTS_TABLE: [view.storage.uri(file.file.path) for file in view.events]}
