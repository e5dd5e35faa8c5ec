"""A shipped query for Amazon Athena as text: table definitions, partitions and the query. Athena never executed any of it.

The files of a run's table are one partition. Events are partitioned by organization, region and day, by partition projection:
https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from iamsql.lake.engines.definitions import definitions
from iamsql.lake.engines.inline.expand import inline
from iamsql.lake.engines.tables import stored_tables
from iamsql.lake.engines.trino.hive import hive_type
from iamsql.lake.engines.trino.write import tables_read, to_trino_text
from iamsql.model import IamsqlError, Query
from iamsql.sqltext import literal
from iamsql.tables.fragments.events import EVENTS_TABLE

NOTE = "-- Written by iamsql for Amazon Athena. Athena never executed this text: compare the rows with those of DuckDB."
MAX_FILES = 500  # of a table, whose paths the query lists: Athena accepts queries of 262,144 bytes
_SAFE = re.compile(r"[\w./:=-]+")  # what needs no quotes in Hive's DDL


@dataclass(frozen=True)
class AthenaLake:
    """The part of a lake that a query reads: a run, and the events that it and earlier runs added.

    `location` is s3://bucket/prefix. `regions` and `days`, the first and the last, are those of the events. `files` lists the
    files of each table relative to the location, because a folder may have files that the manifest does not list.
    """

    location: str
    organization: str
    run_id: str
    regions: tuple[str, ...] = ()
    days: tuple[str, str] = ("2013-11-01", "NOW")  # CloudTrail exists since November 2013
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    database: str = "iamsql"


def athena_text(query: Query, values: Mapping[str, Any], lake: AthenaLake, as_of: datetime) -> str:
    """Return the statements that create the tables and partitions of a query, and the query.

    Raise IamsqlError if the query cannot be written without macros or in Trino's SQL.
    """
    for text in (lake.location, lake.organization, lake.run_id, lake.database, *lake.regions, *lake.days):
        if not _SAFE.fullmatch(text):
            raise IamsqlError(
                f"{text!r} cannot be written in the table definitions of Athena.\nRun the query with DuckDB."
            )
    tree = inline(query.sql, definitions(as_of), values)
    tables = sorted(tables_read(tree))
    sources = {name: (table_name(name), _source(name, lake)) for name in tables}
    sql = to_trino_text(tree, stored_tables(), sources)
    definitions_ = [statement for name in tables for statement in _definition(name, lake)]
    return "\n\n".join([NOTE, *(f"{statement};" for statement in [*definitions_, sql])]) + "\n"


def table_name(name: str) -> str:
    """Return the name of a stored table in Athena, where a database has no schemas."""
    return name.replace(".", "_")


def _source(name: str, lake: AthenaLake) -> str:
    """Return the SELECT of the rows of a table that the run sees."""
    table = f"{lake.database}.{table_name(name)}"
    conditions = [f"lake_organization = {literal(lake.organization)}"]
    conditions.append(f"lake_run {'<=' if name == EVENTS_TABLE else '='} {literal(lake.run_id)}")
    if name == EVENTS_TABLE:
        conditions += [
            f"event_day between {literal(first)} and {literal(last)}" for first, last in [lake.days] if last != "NOW"
        ]
    files = lake.files.get(name, ())
    if len(files) > MAX_FILES:
        raise IamsqlError(
            f"{name} has {len(files)} files, and a query for Athena can list {MAX_FILES}.\n"
            "Restrict the days, or make the files fewer: iamsql lake compact"
        )
    if files:
        conditions.append(f'"$path" in ({", ".join(literal(f"{lake.location}/{path}") for path in files)})')
    columns = ", ".join(f'"{column}"' for column in stored_tables()[name])
    return f"select {columns} from {table} where {' and '.join(conditions)}"


def _definition(name: str, lake: AthenaLake) -> Iterator[str]:
    """Yield the statements that create a table and its partition."""
    table = f"`{lake.database}`.`{table_name(name)}`"
    columns = [f"`{column}` {hive_type(kind)}" for column, kind in stored_tables()[name].items()]
    if name == EVENTS_TABLE:
        partitions: tuple[str, ...] = ("lake_organization", "event_region", "event_day")
        folder, properties = f"{lake.location}/events", _projection(lake)
        columns.append("`lake_run` string")
    else:
        partitions = ("lake_organization", "lake_run")
        folder, properties = f"{lake.location}/state/table={name}", {}
    partitioned = ", ".join(f"`{partition}` string" for partition in partitions)
    yield "\n".join(
        [
            f"create external table if not exists {table} (",
            "  " + ",\n  ".join(columns),
            f")\npartitioned by ({partitioned})\nstored as parquet\nlocation '{folder}/'",
            *(
                [f"tblproperties ({', '.join(f'{key!r}={value!r}' for key, value in properties.items())})"]
                if properties
                else []
            ),
        ]
    )
    if name != EVENTS_TABLE:
        place = f"{folder}/organization={lake.organization}/run={lake.run_id}/"
        partition = f"`lake_organization` = '{lake.organization}', `lake_run` = '{lake.run_id}'"
        yield f"alter table {table} add if not exists partition ({partition})\nlocation '{place}'"


def _projection(lake: AthenaLake) -> dict[str, str]:
    """Return the properties of the projected partitions of events."""
    partitions = "organization=${lake_organization}/event_region=${event_region}/event_day=${event_day}"
    return {
        "projection.enabled": "true",
        "projection.lake_organization.type": "injected",
        "projection.event_region.type": "enum",
        "projection.event_region.values": ",".join(lake.regions),
        "projection.event_day.type": "date",
        "projection.event_day.format": "yyyy-MM-dd",
        "projection.event_day.range": ",".join(lake.days),
        "storage.location.template": f"{lake.location}/events/{partitions}/",
    }
