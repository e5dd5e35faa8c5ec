"""Facts about AWS, with their source and date. Each file permissions/data/NAME.csv becomes the table macro NAME.

Facts about AWS change. Each file begins with comment lines that state where its rows come from and when they were true:

    # about: The IAM actions that the API reference marks "Cross-account use: No".
    # source: botocore's service models
    # date: 2026-12-01
    # rebuild: make facts

`rebuild` is `make facts`, or says what a person has to read to check the rows. The same lines precede a constant or macro of
FILES_WITH_FACTS. The table macro iam_fact_sources has a row for each file, constant and macro. An empty field is NULL. A column
with the name x[] contains lists, with spaces between the elements.
"""

from __future__ import annotations

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from itertools import takewhile
from pathlib import Path

from iamsql.sqltext import identifier, literal

PACKAGE = Path(__file__).parents[2]
DATA = PACKAGE / "tables" / "permissions" / "data"
FILES_WITH_FACTS = (
    "aws/errors.py",
    "aws/rates/quotas.py",
    "check/outputs/asff_fields.py",
    "query/arguments/api_operations.csv",
    "tables/compiler/iam_action_names.csv",
    "query/arguments/known_events.py",
    "tables/iam_actions.csv",
    "api/policies/documents.py",
    "tables/macros/calls.sql",
    "tables/macros/regions.sql",
    "aws/partitions.py",
    "tables/permissions/callers.sql",
    "tables/permissions/resource_documents.sql",
    "tables/permissions/resource_policies.sql",
    "tables/calls/event_names.py",
    "tables/fragments/resource_types.py",
    "sync/session_policies.py",
)
TRUE_CELL = "yes"
UNSIGNED_CALL_MESSAGE = "the call needs no AWS credentials, and IAM evaluates no policies for it"
# The four comment lines and the name that follows, in Python and SQL.
_ORIGIN_PATTERN = re.compile(
    r"^(?:#|--) about: (?P<about>.+)\n(?:#|--) source: (?P<source>.+)\n(?:#|--) date: (?P<date>.+)\n"
    r"(?:#|--) rebuild: (?P<rebuild>.+)\n(?:#.*\n|--.*\n)*(?:create or replace macro )?(?P<name>\w+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class FactSource:
    """The origin of facts: `name` is a table macro, constant or macro, `file` the path of its file, `date` in ISO 8601."""

    name: str
    file: str
    about: str
    source: str
    date: str
    rebuild: str


@dataclass(frozen=True)
class Facts:
    """A file of facts: its comment lines as a mapping, the names of its columns, and its rows."""

    name: str
    comments: dict[str, str]
    header: list[str]
    rows: list[list[str]]

    def records(self) -> list[dict[str, str]]:
        """Return each row as a mapping of column names to fields."""
        return [dict(zip(self.header, row, strict=True)) for row in self.rows]


def read_facts(path: Path) -> Facts:
    """Read a file of facts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    comments = list(takewhile(lambda line: line.startswith("# "), lines))
    header_values = dict(comment.removeprefix("# ").split(": ", 1) for comment in comments)
    header, *rows = csv.reader(lines[len(comments) :])
    return Facts(path.stem, header_values, header, rows)


def facts() -> Iterator[str]:
    """Yield the statement that creates each table macro, in the order of the names.

    The rows are one constant of JSON text: DuckDB needs more time to plan a constant for each field.
    """
    for file in _macros_of_facts():
        names = [column.removesuffix("[]") for column in file.header]
        types = {
            name: ["VARCHAR"] if column.endswith("[]") else "VARCHAR"
            for name, column in zip(names, file.header, strict=True)
        }
        values = (map(_to_json_value, file.header, row) for row in file.rows)
        rows = ",\n".join(json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) for row in values)
        parsed = f"from_json({literal(f'[{rows}]')}, {literal(json.dumps([types]))})"
        yield f"create or replace macro {file.name}() as table\nselect fact.* from (select unnest({parsed}) as fact) as facts"


def facts_as_values() -> dict[str, str]:
    """Map the name of each table macro to a statement that creates it with VALUES, for engines without DuckDB's from_json."""
    statements = {}
    for file in _macros_of_facts():
        columns = ", ".join(identifier(column.removesuffix("[]")) for column in file.header)
        rows = ",\n".join(f"({', '.join(map(_to_sql_literal, file.header, row))})" for row in file.rows)
        statements[file.name] = (
            f"create or replace macro {file.name}() as table\nselect * from (values\n{rows}\n) as facts({columns})"
        )
    return statements


def _macros_of_facts() -> Iterator[Facts]:
    """Yield the name, columns and rows of each table macro."""
    yield from map(read_facts, _fact_files())
    header = [field.name for field in fields(FactSource)]
    yield Facts("iam_fact_sources", {}, header, [list(astuple(source)) for source in fact_sources()])
    yield action_rules()


def fact_sources() -> Iterator[FactSource]:
    """Yield the origin of the facts in permissions/data, and then of the facts in FILES_WITH_FACTS."""
    for path in (*_fact_files(), *(PACKAGE / name for name in FILES_WITH_FACTS)):
        for match in _ORIGIN_PATTERN.finditer(path.read_text(encoding="utf-8")):
            origin = match.groupdict()
            name = path.stem if path.suffix == ".csv" else origin.pop("name")
            file = path.relative_to(PACKAGE.parent).as_posix()
            yield FactSource(**{**origin, "name": name, "file": file})


def action_rules() -> Facts:
    """Return the table macro iam_action_rules: the facts about the calls of each action and service, with names in lower case.

    Policy evaluation reads this macro instead of five facts, because the plan of each takes time.
    """
    rules: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _read_records("iam_call_rules"):
        rules[row["action"].lower()] = {"rule": row["rule"], "callers[]": row["callers[]"], "reason": row["reason"]}
    for row in _read_records("iam_unsigned_actions"):
        rules[row["action"].lower()] |= {"rule": "unsigned", "reason": UNSIGNED_CALL_MESSAGE}
    for row in _read_records("iam_own_account_actions"):
        rules[row["action"].lower()]["is_local"] = TRUE_CELL
    for row in _read_records("iam_services_without_resource_policies"):
        rules[row["service"]] |= {"has_no_policies": TRUE_CELL, "shareable[]": row["shareable[]"]}
    for row in _read_records("iam_rcp_services"):
        rules[row["service"]]["supports_rcps"] = TRUE_CELL
        for action in row["exempt_actions[]"].lower().split():
            rules[action]["is_exempt"] = TRUE_CELL
    columns = (
        "rule",
        "callers[]",
        "reason",
        "is_local",
        "has_no_policies",
        "shareable[]",
        "supports_rcps",
        "is_exempt",
    )
    rows = [[name, *(rule.get(column, "") for column in columns)] for name, rule in sorted(rules.items())]
    return Facts("iam_action_rules", {}, ["name", *columns], rows)


def _read_records(name: str) -> list[dict[str, str]]:
    return read_facts(DATA / f"{name}.csv").records()


def _fact_files() -> list[Path]:
    return sorted(DATA.glob("*.csv"))


def _to_json_value(column: str, field: str) -> list[str] | str | None:
    """Return a field as a value of JSON."""
    if not field:
        return None
    return field.split() if column.endswith("[]") else field


def _to_sql_literal(column: str, field: str) -> str:
    """Return a field as an SQL literal."""
    if not field:
        return "null"
    return f"[{', '.join(map(literal, field.split()))}]" if column.endswith("[]") else literal(field)
