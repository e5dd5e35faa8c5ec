"""Describe an account of a run: what was read, which roles and calls AWS denied and why, and the command that remediates it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from iamsql.catalog.params import did_you_mean
from iamsql.escaping import printable
from iamsql.model import IamsqlError, Result
from iamsql.runs.directory import PARTIAL
from iamsql.runs.store.reader import Reader, open_run

Facts = Iterator[tuple[str, str | None]]
MAX_LISTED = 10  # accounts with one name, or regions of a call, that are listed
# The reason of an account has ROLE: CODE: MESSAGE for each role that was tried.
ROLE = re.compile(
    r"(?:^|; )([\w+=,.@/-]{1,512}): ([A-Za-z][\w.]*: .*?)(?=; [\w+=,.@/-]{1,512}: [A-Za-z][\w.]*: |$)", re.DOTALL
)
COMMAND = re.compile(r"\biamsql [^,()]*$")
FAILED_CALLS = """
select service || ':' || operation, status, error_code, any_value(error_message), list(distinct region order by region)
from iamsql.coverage
where account_id = $account and not (service = 'sts' and operation = 'AssumeRole')
    and (
        status in ('partial', 'denied', 'throttled', 'expired', 'error')
        or error_code in ('max_calls', 'not_imported', 'not_reached')
    )
group by all order by all
"""
REMEDIATION = "select remediation from skipped_accounts() where account_id = $account"


def account(path: Path, text: str) -> Result:
    """Return a row for each fact of an account, which is given by its ID or its name. Raise IamsqlError for an unknown one."""
    with closing(open_run(path)) as reader:
        if not reader.metadata.run_id:
            raise IamsqlError(f"{path} is a DuckDB file, but not a run of iamsql.")
        result = reader.run("from iamsql.accounts order by position, account_id")
        accounts = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
        selected = _selected_account(accounts, text, reader.metadata.run_id)
        rows = [
            *_account_facts(selected),
            *_role_facts(selected),
            *_call_facts(reader, selected),
            *_remediation_facts(path, reader, selected),
        ]
    return Result(("fact", "value"), rows, ("VARCHAR", "VARCHAR"))


def _selected_account(accounts: Sequence[dict[str, Any]], text: str, run_id: str) -> dict[str, Any]:
    """Return the account with an ID, or the only account with a name."""
    matches = [row for row in accounts if text in (row["account_id"], row["name"])]
    if len(matches) == 1:
        return matches[0]
    if matches:
        ids = ", ".join(row["account_id"] for row in matches[:MAX_LISTED])
        raise IamsqlError(f"{len(matches)} accounts have the name {printable(text)!r}: {ids}.\nGive the ID of one.")
    names = [str(row[key]) for row in accounts for key in ("account_id", "name") if row[key]]
    parts = [name for name in names if len(text) > 1 and text.lower() in name.lower()]
    close = f"; did you mean {' or '.join(parts[:3])}?" if parts else did_you_mean(text, names) or "."
    step = 'List the accounts with: iamsql query "select account_id, name, outcome from iamsql.accounts"'
    raise IamsqlError(f"The run {run_id} has no account {printable(text)!r}{printable(close)}\n{step}")


def _account_facts(selected: dict[str, Any]) -> Facts:
    """Yield what the organization says about the account, and its outcome."""
    yield "account_id", selected["account_id"]
    yield "account_name", selected["name"]
    yield "state", selected["state"]
    yield "organizational_unit", selected["ou_path"] or None
    yield "outcome", selected["outcome"]
    if selected["role_used"]:
        yield "role_used", selected["role_used"]


def _role_facts(selected: dict[str, Any]) -> Facts:
    """Yield each role that could not be assumed, with AWS's message, or the reason of another outcome."""
    reason = str(selected["reason"] or "")
    roles = ROLE.findall(reason) if selected["outcome"] == "assume_role_failed" else []
    yield from (("role", f"{role}: {message}") for role, message in roles)
    if reason and not roles and selected["outcome"] != "incomplete":  # the calls of an incomplete account follow
        yield "reason", reason


def _call_facts(reader: Reader, selected: dict[str, Any]) -> Facts:
    """Yield each call that failed, with AWS's message and the regions."""
    rows = reader.query(FAILED_CALLS, {"account": selected["account_id"]})
    for call, status, code, message, regions in rows:
        regional = [region for region in regions if region != "global"]
        where = f" in {', '.join(regional)}" if regional else ""
        parts = [part for part in (code, message) if part and part != status]
        yield "call", ": ".join([f"{call}: {status}{where}", *parts])


def _remediation_facts(path: Path, reader: Reader, selected: dict[str, Any]) -> Facts:
    """Yield what makes the account complete, and the command to type."""
    options = reader.query("select options from iamsql.run limit 1")[0][0]
    demo = " --demo" if options and json.loads(options).get("demo") else ""
    if path.name.endswith(PARTIAL):  # without the macros of a finished run
        yield "command", f"iamsql sync --resume{demo}"
        return
    for (remediation,) in reader.query(REMEDIATION, {"account": selected["account_id"]}):
        yield "remediation", remediation
        if command := COMMAND.search(remediation or ""):
            is_sync = command[0].startswith("iamsql sync")
            yield "command", command[0] + (demo if is_sync else "")
