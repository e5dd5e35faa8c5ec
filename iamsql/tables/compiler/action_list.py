"""The IAM actions that this version contains, as a scalar macro: query macros refuse other actions in any DuckDB client."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from iamsql.sqltext import literal
from iamsql.tables.compiler.facts import read_facts

FILE = Path(__file__).with_name("iam_action_names.csv")


@cache
def action_list() -> str:
    """Return the statement that creates iam_action_list(): a line for each service, as `iam,|createuser|deleteuser|`."""
    lines = (f"{prefix},|{'|'.join(names.lower().split())}|" for prefix, names in read_facts(FILE).rows)
    return f"create or replace macro iam_action_list() as {literal(chr(10) + chr(10).join(lines) + chr(10))}"
