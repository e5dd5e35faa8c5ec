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
from iamsql.runs.directory import PARTIAL_SUFFIX
from iamsql.runs.store.reader import Reader, open_run

Facts = Iterator[tuple[str, str | None]]
MAX_LISTED = 10  # accounts with one name, or regions of a call, that are listed
# The reason of an account has ROLE: CODE: MESSAGE for each role that was tried.
ROLE_REASON_PATTERN = re.compile(
    r"(?:^|; )([\w+=,.@/-]{1,512}): ([A-Za-z][\w.]*: .*?)(?=; [\w+=,.@/-]{1,512}: [A-Za-z][\w.]*: |$)", re.DOTALL
)
COMMAND_PATTERN = re.compile(r"\biamsql [^,()]*$")
FAILED_CALLS_SQL = """
select service || ':' || operation, status, error_code, any_value(error_message), list(distinct region order by region)
from iamsql.coverage
where account_id = $account and not (service = 'sts' and operation = 'AssumeRole')
    and (
        status in ('partial', 'denied', 'throttled', 'expired', 'error')
        or error_code in ('max_calls', 'not_imported', 'not_reached')
    )
group by all order by all
"""
REMEDIATION_SQL = "select remediation from skipped_accounts() where account_id = $account"


def account(path: Path, text: str) -> Result:
    """Return a row for each fact of an account, which is given by its ID or its name. Raise IamsqlError for an unknown one."""
    with closing(open_run(path)) as reader:
        if not reader.metadata.run_id:
            raise IamsqlError(f"{path} is a DuckDB file, but not a run of iamsql.")
        result = reader.run("from iamsql.accounts order by position, account_id")
        accounts = [dict(zip(result.columns, row, strict=True)) for row in result.rows]
        account_row = _selected_account(accounts, text, reader.metadata.run_id)
        rows = [
            *_account_facts(account_row),
            *_role_facts(account_row),
            *_call_facts(reader, account_row),
            *_remediation_facts(path, reader, account_row),
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
    similar_names = [name for name in names if len(text) > 1 and text.lower() in name.lower()]
    suggestion = (
        f"; did you mean {' or '.join(similar_names[:3])}?" if similar_names else did_you_mean(text, names) or "."
    )
    next_step = 'List the accounts with: iamsql query "select account_id, name, outcome from iamsql.accounts"'
    raise IamsqlError(f"The run {run_id} has no account {printable(text)!r}{printable(suggestion)}\n{next_step}")


def _account_facts(account_row: dict[str, Any]) -> Facts:
    """Yield what the organization says about the account, and its outcome."""
    yield "account_id", account_row["account_id"]
    yield "account_name", account_row["name"]
    yield "state", account_row["state"]
    yield "organizational_unit", account_row["ou_path"] or None
    yield "outcome", account_row["outcome"]
    if account_row["role_used"]:
        yield "role_used", account_row["role_used"]


def _role_facts(account_row: dict[str, Any]) -> Facts:
    """Yield each role that could not be assumed, with AWS's message, or the reason of another outcome."""
    reason = str(account_row["reason"] or "")
    roles = ROLE_REASON_PATTERN.findall(reason) if account_row["outcome"] == "assume_role_failed" else []
    yield from (("role", f"{role}: {message}") for role, message in roles)
    if reason and not roles and account_row["outcome"] != "incomplete":  # the calls of an incomplete account follow
        yield "reason", reason


def _call_facts(reader: Reader, account_row: dict[str, Any]) -> Facts:
    """Yield each call that failed, with AWS's message and the regions."""
    rows = reader.query(FAILED_CALLS_SQL, {"account": account_row["account_id"]})
    for call, status, code, message, regions in rows:
        regional = [region for region in regions if region != "global"]
        region_text = f" in {', '.join(regional)}" if regional else ""
        reason_parts = [part for part in (code, message) if part and part != status]
        yield "call", ": ".join([f"{call}: {status}{region_text}", *reason_parts])


def _remediation_facts(path: Path, reader: Reader, account_row: dict[str, Any]) -> Facts:
    """Yield what makes the account complete, and the command to type."""
    options = reader.query("select options from iamsql.run limit 1")[0][0]
    demo_option = " --demo" if options and json.loads(options).get("demo") else ""
    if path.name.endswith(PARTIAL_SUFFIX):  # without the macros of a finished run
        yield "command", f"iamsql sync --resume{demo_option}"
        return
    for (remediation,) in reader.query(REMEDIATION_SQL, {"account": account_row["account_id"]}):
        yield "remediation", remediation
        if command := COMMAND_PATTERN.search(remediation or ""):
            is_sync = command[0].startswith("iamsql sync")
            yield "command", command[0] + (demo_option if is_sync else "")
