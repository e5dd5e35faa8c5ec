"""What statements read of stored tables, planned over the template of run files and stored, because a plan can take seconds.

A wheel contains a file with the shipped queries next to the template. A source tree adds each statement that it plans to such a
file. A process plans a statement once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from functools import cache, cached_property
from pathlib import Path
from secrets import token_hex

from iamsql.runs.file.template import checked_template, is_built, is_trusted
from iamsql.runs.store.open_new import Template
from iamsql.runs.store.query_plans import QueryPlans, Reads, digest

# The maximum that a process or a source tree stores: a server gets any number of different statements.
STATEMENTS = 2000


class KnownReads:
    """What statements read. The template is checked and opened for the first statement."""

    def reads(self, sql: str) -> Reads:
        """Return what one SELECT reads."""
        stored_reads = self._reads.get(digest(sql))
        return self._plans.reads(sql) if stored_reads is None else stored_reads

    def close(self) -> None:
        """Close the template, and keep what was planned."""
        if "_plans" not in self.__dict__:
            return
        self._plans.close()
        template = checked_template()
        stored_reads = _stored_reads(template)
        if len(stored_reads) < len(self._reads) <= STATEMENTS:
            stored_reads.update(self._reads)
            if is_built(template.path):
                _store(template, stored_reads)

    @cached_property
    def _reads(self) -> dict[str, Reads]:
        return dict(_stored_reads(checked_template()))

    @cached_property
    def _plans(self) -> QueryPlans:
        return QueryPlans(checked_template().path, self._reads)


def write(template: Template, statements: Iterable[str]) -> None:
    """Write what the statements read into the file next to a template."""
    reads: dict[str, Reads] = {}
    with closing(QueryPlans(template.path, reads)) as plans:
        for sql in statements:
            plans.reads(sql)
    file_of(template.path).write_text(_text(template, reads), "utf-8")


def file_of(template: Path) -> Path:
    """Return the path of the file next to a template."""
    return template.with_suffix(".json")


@cache
def _stored_reads(template: Template) -> dict[str, Reads]:
    """Return the content of the file next to a template; {} if it is damaged or was written for another template."""
    path = file_of(template.path)
    with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        if is_trusted(path):
            content = json.loads(path.read_bytes())
            if content["template"] == template.sha256:
                return {
                    key: Reads({table: frozenset(names) for table, names in columns.items()}, frozenset(optional))
                    for key, (columns, optional) in content["reads"].items()
                }
    return {}


def _store(template: Template, reads: Mapping[str, Reads]) -> None:
    """Replace the file of a source tree. File errors are ignored: the statements are planned again."""
    path = file_of(template.path)
    temporary = path.with_name(f"{token_hex(4)}.new")
    with suppress(OSError):
        try:
            temporary.touch(mode=0o600, exist_ok=False)
            temporary.write_text(_text(template, reads), "utf-8")
            temporary.replace(path)  # another process finds a complete file, or none
        finally:
            temporary.unlink(missing_ok=True)


def _text(template: Template, reads: Mapping[str, Reads]) -> str:
    entries = {
        key: [{table: sorted(names) for table, names in sorted(read.columns.items())}, sorted(read.optional)]
        for key, read in sorted(reads.items())
    }
    return json.dumps({"template": template.sha256, "reads": entries}, separators=(",", ":")) + "\n"
