"""Which shipped queries read only tables, and which use the macros that evaluate policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import iamsql
from iamsql.catalog import load, shipped_folder
from iamsql.model import Query
from iamsql.tables.compiler.run_macros import macro_texts

_MACRO = re.compile(r"create or replace macro (\w+)")
_CALL = re.compile(r"\b(\w+)\s*\(")
_COMMENT = re.compile(r"--.*")


@cache
def newest() -> Mapping[str, Query]:
    """Return the newest version of each shipped query, by name."""
    return {name: versions[-1] for name, versions in load([shipped_folder()]).items()}


@cache
def policy_macros() -> frozenset[str]:
    """Return the names of the macros of iamsql/tables/permissions."""
    folder = Path(iamsql.__file__).parent / "tables" / "permissions"
    return frozenset(name for file in folder.rglob("*.sql") for name in _MACRO.findall(file.read_text()))


def reads_only_tables(query: Query) -> bool:
    """Return whether a query uses no macro of iamsql/tables/permissions, directly or through other macros and queries."""
    seen: set[str] = set()
    waiting = [query.sql]
    while waiting:
        for called in set(_CALL.findall(_COMMENT.sub("", waiting.pop()))) - seen:
            seen.add(called)
            if called in macro_texts():
                waiting.append(macro_texts()[called])
            elif called in newest():
                waiting.append(newest()[called].sql)
    return not seen & policy_macros()
