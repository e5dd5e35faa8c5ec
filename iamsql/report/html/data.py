"""The data that the scripts of the page read: the tables, the controls for details, and the phrases of the scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from iamsql.escaping import FORMULA_PATTERN, NUMBER_PATTERN
from iamsql.model import Result
from iamsql.report.contents import Contents
from iamsql.report.html.phrases import Phrases
from iamsql.report.html.table_specs import (
    ACCOUNT_RISKS,
    CHANGES,
    EVENTS,
    FINDINGS,
    KEYS,
    PRINCIPAL_RISKS,
    PRINCIPALS,
    SKIPPED,
    USERS,
)
from iamsql.report.html.tables import TableSpec, account_label, table_json

# The phrases that scripts use. `word.` and `column.` are prefixes.
SCRIPT_PHRASES = (
    "all", "at_least", "clear", "copied", "copy", "documentation", "download", "family", "link", "no", "no_control", "no_finding",
    "no_match", "no_principal", "no_result", "ou", "principal_findings", "principal_more", "printed",
    "printed_findings", "remediation", "search", "shown", "unknown", "whole_account", "yes",
)  # fmt: skip
# The first characters of cells that a spreadsheet evaluates, as in iamsql.escaping.
FORMULA_SIGN_PATTERN = r"[=+\-@＝＋－＠\t\r\n\x00]"
LAST_PART_PATTERN = re.compile(r"[^/:]*$")


def page_data(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the data of the page."""
    tables = [
        _map_table(contents, say),
        table_json(PRINCIPAL_RISKS, _select_risks(contents.risks, of_accounts=False), say),
        table_json(ACCOUNT_RISKS, _select_risks(contents.risks, of_accounts=True), say),
        table_json(FINDINGS, _compact_findings(contents.findings), say),
        table_json(KEYS, _with_last_use(contents.keys, "last_used", "usage", say), say),
        table_json(USERS, _with_last_use(contents.users, "last_sign_in", "sign_in", say), say),
        *([table_json(CHANGES, contents.changes, say)] if contents.changes is not None else []),
        table_json(SKIPPED, _skipped_accounts(contents), say),
        table_json(EVENTS, _with_account_name(contents), say),
    ]
    texts = {
        key: text
        for key, text in say.texts.items()
        if key in SCRIPT_PHRASES or key.startswith(("word.", "family.", "column.", "search.", "section."))
    }
    accounts = {
        account_label(row.account_id, row.account_name): {"id": row.account_id, "ou": row.ou_path or None}
        for row in contents.account_map
    }
    return {
        "run": contents.heading.run_id,
        "phrases": texts,
        "controls": _control_details(contents),
        "accounts": accounts,
        "formula": {"part": FORMULA_PATTERN, "number": NUMBER_PATTERN, "sign": FORMULA_SIGN_PATTERN},
        "tables": tables,
        "principals": table_json(PRINCIPALS, contents.principals, say),
    }


def _control_details(contents: Contents) -> Mapping[str, Any]:
    """Return family, parameters and commands of each control; their text is in the markup."""
    return {
        control.name: {
            "family": control.family,
            "parameters": dict(contents.parameters.get(control.name, {})),
            "collect": list(control.collect),
            "fixes": list(control.fixes),
        }
        for control in contents.controls
    }


def _select_risks(risks: Result, *, of_accounts: bool) -> Result:
    """Return the risks of accounts, or of principals."""
    if "kind" not in risks.columns:
        return risks
    kind_index = risks.columns.index("kind")
    rows = [row for row in risks.rows if (row[kind_index] == "account") == of_accounts]
    return Result(risks.columns, rows, risks.types)


def _compact_findings(findings: Result) -> Result:
    """Return the findings in fewer characters.

    A resource is a prefix and a name. In the prefix, {account} replaces the account ID. In the dimensions, [0] replaces the last
    part of the resource, and [1] the identifier of the row.
    """
    index_of = {name: findings.columns.index(name) for name in findings.columns}
    kept_columns = [name for name in findings.columns if name not in ("resource", "dimensions")]
    rows = []
    for row in findings.rows:
        prefix, name = _split_arn(row[index_of["resource"]], row[index_of["account_id"]])
        dimensions = _compact_dimensions(row[index_of["dimensions"]], row[index_of["resource"]], row[index_of["ident"]])
        rows.append((*(row[index_of[column]] for column in kept_columns), prefix, name, dimensions))
    types = (*(findings.types[index_of[column]] for column in kept_columns), "VARCHAR", "VARCHAR", "VARCHAR")
    return Result((*kept_columns, "prefix", "name", "dimensions"), rows, types)


def _split_arn(resource: str, account_id: str) -> tuple[str, str]:
    """Return the prefix of an ARN and its part after the account."""
    *prefix_parts, name = resource.split(":", 5)
    if resource.startswith("arn:") and resource.endswith(f":::{account_id}"):  # the account itself
        return resource.removesuffix(account_id) + "{account}", ""
    if len(prefix_parts) < 5 or prefix_parts[0] != "arn":
        return "", resource
    return resource.removesuffix(name).replace(f":{account_id}:", ":{account}:"), name


def _compact_dimensions(text: str | None, resource: str, subresource: str | None) -> str | None:
    if not text:
        return None
    last_part = LAST_PART_PATTERN.search(resource)
    index_by_value = {last_part[0] if last_part else "": [0], subresource or "": [1]}
    values = json.loads(text)
    return json.dumps(
        {
            name: index_by_value.get(value, value) if value and isinstance(value, str) else value
            for name, value in values.items()
        },
        ensure_ascii=False,
    )


def _with_last_use(result: Result, time: str, usage: str, say: Phrases) -> Result:
    """Replace the `time` of an item that was never used with a word. NULL then means unknown."""
    if usage not in result.columns:
        return result
    time_index, usage_index = result.columns.index(time), result.columns.index(usage)

    def last_used_text(row: tuple[Any, ...]) -> str | None:
        return (
            f"{row[time_index]:%Y-%m-%d %H:%M}"
            if row[usage_index] == "used"
            else say.phrase("never")
            if row[usage_index] == "never"
            else None
        )

    kept_indexes = [index for index in range(len(result.columns)) if index != usage_index]
    rows = [
        tuple(last_used_text(row) if index == time_index else row[index] for index in kept_indexes)
        for row in result.rows
    ]
    types = tuple("VARCHAR" if index == time_index else result.types[index] for index in kept_indexes)
    return Result(tuple(result.columns[index] for index in kept_indexes), rows, types)


def _with_account_name(contents: Contents) -> Result:
    """Return the findings of detections with the names of their accounts."""
    result = contents.events.findings
    names = {row.account_id: row.account_name for row in contents.account_map}
    account_index = result.columns.index("account_id")
    rows = [(*row, names.get(row[account_index])) for row in result.rows]
    return Result((*result.columns, "account_name"), rows, (*result.types, "VARCHAR"))


def _map_table(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the map of accounts and families. A cell is the worst status and the number of results with it."""
    families = [f"family.{family}" for family in contents.families]
    columns = ("account_id", "account_name", "outcome", "alarms", "unknown", *families)
    rows = [
        (
            row.account_id, row.account_name, row.outcome, row.alarms, row.unknown,
            *(_map_cell_text(row.cells.get(family, ""), row.counts.get(family, {})) for family in contents.families),
        )
        for row in contents.account_map
    ]  # fmt: skip
    types = ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT", *("VARCHAR" for _ in families))
    widths = {"alarms": "4rem", "unknown": "5rem", "outcome": "9.2rem", "account": "15.3rem"}
    widths |= dict.fromkeys(families, "minmax(2.9rem, 1fr)")
    spec = TableSpec(
        "map",
        visible=("account", "outcome", "alarms", "unknown", *families),
        filters=("ou", "outcome"),
        widths=tuple(widths.items()),
        gap=0.25,
    )
    labels = {family: say.texts.get(family) or _capitalize(family.removeprefix("family.")) for family in families}
    labels |= {"alarms": say.phrase("column.alarms"), "unknown": say.phrase("column.unknown")}
    map_table = table_json(spec, Result(columns, rows, types), say, labels)
    for column in map_table["columns"]:
        column["kind"] = "tile" if column["key"] in families else column["kind"]
    return map_table


def _capitalize(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _map_cell_text(status: str, counts: Mapping[str, int]) -> str | None:
    number = counts.get(status, 0)  # 0 for a family of an account that was not read
    return f"{status} {number}" if number else status or None


def _skipped_accounts(contents: Contents) -> Result:
    columns = ("account_id", "account_name", "state", "outcome", "reason", "remediation")
    rows = [tuple(getattr(account, column) for column in columns) for account in contents.skipped]
    return Result(columns, rows, ("VARCHAR",) * len(columns))
