"""The data that the scripts of the page read: the tables, the controls for details, and the phrases of the scripts."""

from __future__ import annotations

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
SIGN = r"[=+\-@＝＋－＠\t\r\n\x00]"
FINDINGS = TableSpec(
    "findings",
    shown=("severity", "status", "control", "account", "name", "reason"),
    filters=("severity", "status", "control", "family", "account", "ou"),
    internal=("dimensions", "account_id"),
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
        table(FINDINGS, _with_name(contents.findings), say),
        table(KEYS, contents.keys, say),
        table(USERS, contents.users, say),
        *([table(CHANGES, contents.changes, say)] if contents.changes is not None else []),
        table(SKIPPED, _skipped(contents), say),
        table(EVENTS, contents.events.findings, say),
    ]
    texts = {key: text for key, text in say.texts.items() if key in SCRIPT_PHRASES or key.startswith("word.")}
    accounts = {
        account_label(row.account_id, row.account_name): {"ou": row.ou_path or None} for row in contents.account_map
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
    """Return the facts of each control by name, for details and filters."""
    return {
        control.name: {
            "title": control.title,
            "family": control.family,
            "about": control.about,
            "fixes": list(control.fixes),
            "parameters": dict(contents.parameters.get(control.name, {})),
        }
        for control in reversed(contents.controls)  # the first of several benchmarks decides
    }


def _with_name(findings: Result) -> Result:
    """Add the name of the resource, which is the end of its ARN with what distinguishes the row."""
    at, ident = findings.columns.index("resource"), findings.columns.index("ident")
    rows = [(*row, " ".join(filter(None, (_name(row[at]), row[ident])))) for row in findings.rows]
    return Result((*findings.columns, "name"), rows, (*findings.types, "VARCHAR"))


def _name(resource: str) -> str:
    """Return the part of an ARN after the account; the whole text of another resource."""
    parts = resource.split(":", 5)
    return parts[5] if len(parts) == 6 and parts[0] == "arn" else resource


def _map_table(contents: Contents, say: Phrases) -> dict[str, Any]:
    """Return the map of accounts and families. A cell is the worst status and the number of results with it."""
    families = list(contents.families)
    columns = ("account_id", "account_name", "outcome", "alarms", "unknown", *families)
    rows = [
        (
            row.account_id, row.account_name, row.outcome, row.alarms, row.unknown,
            *(_map_cell(row.cells.get(family, ""), row.counts.get(family, {})) for family in families),
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
    labels = {family: say.texts.get(f"family.{family}", family.replace("_", " ")) for family in families}
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
