"""The data that the scripts of the page read: the tables, the controls for details, and the phrases of the scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from iamsql.escaping import FORMULA, NUMBER
from iamsql.model import Result
from iamsql.report.contents import Contents
from iamsql.report.phrases import Phrases
from iamsql.report.tables import TableSpec, account_label, table

# The phrases that scripts use. `word.` and `column.` are prefixes.
SCRIPT_PHRASES = (
    "all", "at_least", "clear", "copied", "copy", "download", "family", "no", "no_finding", "no_result", "ou", "printed", "remedy",
    "search", "shown", "unknown", "yes",
)  # fmt: skip
# The first characters of what a spreadsheet evaluates, as in iamsql.escaping.
LAST_PART = re.compile(r"[^/:]*$")
SIGN = r"[=+\-@＝＋－＠\t\r\n\x00]"
FINDINGS = TableSpec(
    "findings",
    shown=("severity", "status", "control", "account", "name", "reason"),
    filters=("severity", "status", "control", "family", "account", "ou"),
    internal=("dimensions", "prefix", "name", "account_id"),
    widths=(
        ("name", "minmax(10rem, 14rem)"),
        ("reason", "minmax(20rem, 1fr)"),
        ("severity", "5.5rem"),
        ("status", "6.5rem"),
    ),
)
KEYS = TableSpec(
    "access-keys",
    shown=(
        "account",
        "user_name",
        "access_key_id",
        "status",
        "age_days",
        "last_used",
        "unused_days",
        "last_used_service",
    ),
    filters=("account", "ou", "status"),
    sort="-age_days",
)
USERS = TableSpec(
    "users",
    shown=(
        "account",
        "user_name",
        "password_enabled",
        "mfa_enabled",
        "last_sign_in",
        "active_keys",
        "administrator",
        "risk_score",
    ),
    filters=("account", "ou", "mfa_enabled", "administrator"),
    sort="-risk_score",
)
RISKS = TableSpec(
    "risks", shown=("rank", "kind", "account", "name", "score", "certainty", "reasons"), filters=("kind", "ou"), sort=""
)
CHANGES = TableSpec(
    "changes",
    shown=("change", "kind", "account", "name", "column_name", "old_value", "new_value", "reason"),
    filters=("change", "kind", "account", "ou"),
)
SKIPPED = TableSpec("skipped", shown=("account", "state", "outcome", "reason", "remedy"), filters=("outcome", "ou"))
EVENTS = TableSpec(
    "events",
    shown=("severity", "event_time", "detection", "account", "actor", "source_ip", "target"),
    filters=("severity", "detection", "account", "ou"),
    sort="-event_time",
)


def page_data(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the data of the page."""
    tables = [
        _map_table(contents, say),
        table(RISKS, contents.risks, say),
        table(FINDINGS, _compact(contents.findings), say),
        table(KEYS, contents.keys, say),
        table(USERS, contents.users, say),
        *([table(CHANGES, contents.changes, say)] if contents.changes is not None else []),
        table(SKIPPED, _skipped(contents), say),
        table(EVENTS, contents.events.findings, say),
    ]
    texts = {
        key: text
        for key, text in say.texts.items()
        if key in SCRIPT_PHRASES or key.startswith(("word.", "column.resource"))
    }
    accounts = {
        account_label(row.account_id, row.account_name): {"id": row.account_id, "ou": row.ou_path or None}
        for row in contents.account_map
    }
    return {
        "run": contents.heading.run_id,
        "phrases": texts,
        "controls": _controls(contents),
        "accounts": accounts,
        "formula": {"part": FORMULA, "number": NUMBER, "sign": SIGN},
        "tables": tables,
    }


def _controls(contents: Contents) -> Mapping[str, Any]:
    """Return the family and the parameters of each control; the scripts read its texts from the markup."""
    return {
        control.name: {"family": control.family, "parameters": dict(contents.parameters.get(control.name, {}))}
        for control in contents.controls
    }


def _compact(findings: Result) -> Result:
    """Return the findings in fewer characters.

    A resource is a prefix, in which {account} replaces the account ID, and a name. In the dimensions, [0] replaces the last part of
    the resource, and [1] the identifier of the row.
    """
    at = {name: findings.columns.index(name) for name in findings.columns}
    kept = [name for name in findings.columns if name not in ("resource", "dimensions")]
    rows = []
    for row in findings.rows:
        prefix, name = _split(row[at["resource"]], row[at["account_id"]])
        dimensions = _dimensions(row[at["dimensions"]], row[at["resource"]], row[at["ident"]])
        rows.append((*(row[at[column]] for column in kept), prefix, name, dimensions))
    types = (*(findings.types[at[column]] for column in kept), "VARCHAR", "VARCHAR", "VARCHAR")
    return Result((*kept, "prefix", "name", "dimensions"), rows, types)


def _split(resource: str, account_id: str) -> tuple[str, str]:
    """Return the prefix of an ARN and its part after the account."""
    parts = resource.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return "", resource
    head = ["{account}" if part == account_id else part for part in parts[:5]]
    return ":".join(head) + ":", parts[5]


def _dimensions(text: str | None, resource: str, ident: str | None) -> str | None:
    if not text:
        return None
    last = LAST_PART.search(resource)
    repeated = {last[0] if last else "": [0], ident or "": [1]}
    values = json.loads(text)
    return json.dumps(
        {
            name: repeated.get(value, value) if value and isinstance(value, str) else value
            for name, value in values.items()
        },
        ensure_ascii=False,
    )


def _map_table(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the map of accounts and families. A cell is the worst status and the number of results with it."""
    families = [f"family.{family}" for family in contents.families]
    columns = ("account_id", "account_name", "outcome", "alarms", "unknown", *families)
    rows = [
        (
            row.account_id, row.account_name, row.outcome, row.alarms, row.unknown,
            *(_map_cell(row.cells.get(family, ""), row.counts.get(family, {})) for family in contents.families),
        )
        for row in contents.account_map
    ]  # fmt: skip
    types = ("VARCHAR", "VARCHAR", "VARCHAR", "BIGINT", "BIGINT", *("VARCHAR" for _ in families))
    spec = TableSpec(
        "map",
        shown=("account", "outcome", "alarms", "unknown", *families),
        filters=("ou", "outcome"),
        internal=("account_id",),
        widths=(
            ("alarms", "4.5rem"),
            ("unknown", "5.5rem"),
            ("outcome", "9rem"),
            *((family, "minmax(5.5rem, 1fr)") for family in families),
        ),
    )
    labels = {family: say.texts.get(family, family.removeprefix("family.").replace("_", " ")) for family in families}
    labels |= {"alarms": say.say("column.alarms"), "unknown": say.say("column.unknown")}
    made = table(spec, Result(columns, rows, types), say, labels)
    for column in made["columns"]:
        column["kind"] = "family" if column["key"] in families else column["kind"]
    return made


def _map_cell(status: str, counts: Mapping[str, int]) -> str | None:
    return f"{status} {counts.get(status, 0)}" if status else None


def _skipped(contents: Contents) -> Result:
    columns = ("account_id", "account_name", "state", "outcome", "reason", "remedy")
    rows = [tuple(getattr(account, column) for column in columns) for account in contents.skipped]
    return Result(columns, rows, ("VARCHAR",) * len(columns))
