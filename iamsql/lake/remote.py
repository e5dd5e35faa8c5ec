"""Runs of a lake on a Spark Connect server. Loaded only with --engine."""

from __future__ import annotations

from collections.abc import Callable

from iamsql.engines.remote import RemoteQueries
from iamsql.engines.spark_connect import SparkConnect
from iamsql.lake.mount import LakeRunView
from iamsql.schema.views._events import EVENTS_TABLE
from iamsql.store.deferred import RemoteEngine


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
