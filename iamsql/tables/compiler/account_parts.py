"""Split a large table into parts, which are filled one after the other: by accounts, or by documents.

DuckDB needs several times the memory of the items to join them and to order lists, and cannot move all of it to disk.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

from iamsql.model import View
from iamsql.sqltext import literal

MAX_PART_BYTES = 32_000_000  # bytes of items, which take up to 200 MB of memory
# Of items with documents whose statements are parsed at a time, which takes up to 300 MB of memory.
MAX_DOCUMENT_PART_BYTES = 5_000_000
EVERY_DOCUMENT = "true /* part */"  # the condition in SQL over documents `d` that a part replaces
_TABLE_READ_PATTERN = re.compile(r'\b(from|join) (raw\."\w+"|aws_\w+)')  # the tables that SQL reads


def account_parts(relation: View, sizes: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return conditions that split the accounts into parts. Return [""] for one part.

    A part has at most MAX_PART_BYTES bytes of items, or one account.
    """
    total: Counter[str] = Counter()
    for raw in {call.raw for call in relation.calls}:
        total.update(sizes.get(raw, {}))
    start_accounts, size = list[str](), 0  # the first account of each part but the first
    for account in sorted(total):  # as DuckDB orders text
        if size and size + total[account] > MAX_PART_BYTES:
            start_accounts.append(literal(account))
            size = 0
        size += total[account]
    if not start_accounts:
        return [""]
    between = [f"account_id >= {start} and account_id < {end}" for start, end in pairwise(start_accounts)]
    return [f"account_id < {start_accounts[0]} or account_id is null", *between, f"account_id >= {start_accounts[-1]}"]


def restrict(sql: str, condition: str) -> str:
    """Return SQL that reads only the rows of raw and typed tables that meet a condition."""
    return _TABLE_READ_PATTERN.sub(rf"\1 (select rowid, * from \2 where {condition})", sql) if condition else sql


def document_parts(relation: View, sql: str, sizes: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return the SQL of each part of a table of documents, split by a hash of the document; one part if the items are small."""
    total = sum(sum(sizes.get(raw, {}).values()) for raw in {call.raw for call in relation.large})
    part_count = total // MAX_DOCUMENT_PART_BYTES + 1
    if part_count == 1:
        return [sql]
    conditions = (f"hash(cast(d.document as varchar)) % {part_count} = {part}" for part in range(part_count))
    return [sql.replace(EVERY_DOCUMENT, condition) for condition in conditions]
