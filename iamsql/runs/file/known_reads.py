"""What statements read of stored tables, planned over the template of run files and stored, because a plan can take seconds.

A wheel contains a file next to the template, with the dependencies of the shipped queries. A source tree adds each statement that
it plans, and each shipped query that it answers, to such a file. A process plans a statement once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import closing, suppress
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

from iamsql.model import Query
from iamsql.runs.coverage.joined_calls import columns_of_calls, without_columns
from iamsql.runs.coverage.not_collected import OPTIONAL_READS
from iamsql.runs.coverage.resource_types import find_tables
from iamsql.runs.file.template import checked_template, is_built, is_trusted
from iamsql.runs.store.open_new import Template
from iamsql.runs.store.query_plans import QueryPlans, Reads, digest
from iamsql.runs.store.reader import Reader, open_run

# The maximum that a process or a source tree stores: a server gets any number of different statements.
STATEMENTS = 2000


class Dependencies(NamedTuple):
    """What the answer of a shipped query depends on, in a run of this version.

    It needs the `tables`; of these, `if_collected` only if the run collected them. It can have rows without the tables `optional`,
    and reads no column of the calls `unused`, each as `table service:operation`.
    """

    tables: frozenset[str]
    if_collected: frozenset[str]
    optional: frozenset[str]
    unused: frozenset[str]


class Stored(NamedTuple):
    """The content of the file next to a template: what statements read, and the dependencies of shipped queries, by digests."""

    reads: dict[str, Reads]
    dependencies: dict[str, Dependencies]


def known_dependencies(query: Query) -> Dependencies | None:
    """Return the stored dependencies of a shipped query; None if a source tree has not stored them yet."""
    return _read_stored(checked_template()).dependencies.get(_query_key(query))


def store_dependencies(query: Query) -> Dependencies | None:
    """Store the dependencies of a shipped query in a source tree, and return them; None without a stored template.

    A package has the dependencies of every shipped query.
    """
    template = checked_template()
    stored = _read_stored(template)
    if not is_built(template.path) or len(stored.dependencies) >= STATEMENTS:
        return None
    with closing(QueryPlans(template.path, stored.reads)) as plans, open_run(template.path) as reader:
        dependencies = stored.dependencies[_query_key(query)] = _find_dependencies(reader, plans, query)
    _replace_file(template, stored)
    return dependencies


class KnownReads:
    """What statements read. The template is checked and opened for the first statement."""

    def reads(self, sql: str) -> Reads:
        """Return what one SELECT reads."""
        known = self._known_reads.get(digest(sql))
        return self._open_plans.reads(sql) if known is None else known

    def close(self) -> None:
        """Close the template, and keep what was planned."""
        if "_open_plans" not in self.__dict__:
            return
        self._open_plans.close()
        template = checked_template()
        stored = _read_stored(template)
        if len(stored.reads) < len(self._known_reads) <= STATEMENTS:
            stored.reads.update(self._known_reads)
            if is_built(template.path):
                _replace_file(template, stored)

    @cached_property
    def _known_reads(self) -> dict[str, Reads]:
        return dict(_read_stored(checked_template()).reads)

    @cached_property
    def _open_plans(self) -> QueryPlans:
        return QueryPlans(checked_template().path, self._known_reads)


def write(template: Template, queries: Iterable[Query]) -> None:
    """Write the dependencies of the shipped queries into the file next to a template."""
    stored = Stored({}, {})
    with closing(QueryPlans(template.path, stored.reads)) as plans, open_run(template.path) as reader:
        for query in queries:
            stored.dependencies[_query_key(query)] = _find_dependencies(reader, plans, query)
    cache_path(template.path).write_text(_file_text(template, stored), "utf-8")


def _find_dependencies(reader: Reader, plans: QueryPlans, query: Query) -> Dependencies:
    """Return the dependencies of a query over the open template."""
    tables, reads = find_tables(reader, query.sql, query.resource_types), plans.reads(query.sql)
    required = find_tables(reader, query.sql, query.resource_types, OPTIONAL_READS)
    joined = {(table, call): columns for table in tables for call, columns in columns_of_calls(table).items()}
    unused = without_columns(joined, reads.columns)
    return Dependencies(frozenset(tables), frozenset(tables - required), reads.optional, unused)


def _query_key(query: Query) -> str:
    """Return the digest of what determines the dependencies of a query: its SQL, and the resource types that it declares."""
    declared = f"{','.join(sorted(query.resource_types))} {query.sql}"
    return sha256(declared.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cache_path(template: Path) -> Path:
    """Return the path of the file next to a template."""
    return template.with_suffix(".json")


@cache
def _read_stored(template: Template) -> Stored:
    """Return the content of the file next to a template; nothing if it is damaged or was written for another template."""
    path = cache_path(template.path)
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        if is_trusted(path):
            content = json.loads(path.read_bytes())
            if content["template"] == template.sha256:
                reads = {
                    key: Reads({table: frozenset(names) for table, names in columns.items()}, frozenset(optional))
                    for key, (columns, optional) in content["reads"].items()
                }
                rows = content["dependencies"].items()
                return Stored(reads, {key: Dependencies(*map(frozenset, names)) for key, names in rows})
    return Stored({}, {})


def _replace_file(template: Template, stored: Stored) -> None:
    """Replace the file of a source tree. File errors are ignored: the statements are planned again."""
    path = cache_path(template.path)
    temporary = path.with_name(f"{token_hex(4)}.new")
    with suppress(OSError):
        try:
            temporary.touch(mode=0o600, exist_ok=False)
            temporary.write_text(_file_text(template, stored), "utf-8")
            temporary.replace(path)  # another process finds a complete file, or none
        finally:
            temporary.unlink(missing_ok=True)


def _file_text(template: Template, stored: Stored) -> str:
    reads = {
        key: [{table: sorted(names) for table, names in sorted(read.columns.items())}, sorted(read.optional)]
        for key, read in sorted(stored.reads.items())
    }
    dependencies = {key: [*map(sorted, names)] for key, names in sorted(stored.dependencies.items())}
    content = {"template": template.sha256, "reads": reads, "dependencies": dependencies}
    return json.dumps(content, separators=(",", ":")) + "\n"
