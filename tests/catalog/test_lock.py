"""The lock file of the shipped queries."""

from __future__ import annotations

from pathlib import Path

from iamsql import catalog
from iamsql.model import Query

GOOD = "-- title: T\n"


def test_the_lock_text_lists_each_version(queries: dict[str, list[Query]]) -> None:
    text = catalog.lock_text(queries)
    assert [line.split()[0] for line in text.splitlines()] == ["accounts@1", "stale_keys@1", "stale_keys@2"]
    assert all(len(line.split()[1]) == 64 for line in text.splitlines())
    assert catalog.check_lock(queries, text) == []
    changed = text.replace("accounts@1 ", "accounts@1 0").replace("stale_keys@1", "other@1")
    assert catalog.check_lock(queries, changed) == [
        "accounts@1 changed: raise its version and keep the old file as .vN.sql",
        "stale_keys@1 is not in the lock file: run make lock",
        "other@1 is in the lock file, but its .sql file does not exist",
    ]


def test_the_lock_covers_sql_and_parameters_and_not_descriptions() -> None:
    path = Path("q.sql")
    query = catalog.parse(GOOD + "-- param: p integer = 1\nselect $p", path)
    assert catalog.digest(query) == catalog.digest(
        catalog.parse("-- title: Better\n-- tags: x\n-- param: p integer = 1 # Why\n\nselect $p\n", path)
    )
    for other in ("-- param: p integer = 2\nselect $p", "-- param: p integer = 1\nselect $p + 1"):
        assert catalog.digest(query) != catalog.digest(catalog.parse(GOOD + other, path))
