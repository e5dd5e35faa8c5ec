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
LISTED = 10  # accounts with one name, or regions of a call, that are listed
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
        if not reader.facts.run_id:
            raise IamsqlError(f"{path} is a DuckDB file, but not a run of iamsql.")
        found = reader.run("from iamsql.accounts order by position, account_id")
        accounts = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
        chosen = _chosen(accounts, text, reader.facts.run_id)
        rows = [*_sections(chosen), *_roles(chosen), *_calls(reader, chosen), *_remediation(path, reader, chosen)]
    return Result(("fact", "value"), rows, ("VARCHAR", "VARCHAR"))


def _chosen(accounts: Sequence[dict[str, Any]], text: str, run_id: str) -> dict[str, Any]:
    """Return the account with an ID, or else the only one with a name."""
    named = [found for found in accounts if text in (found["account_id"], found["name"])]
    if len(named) == 1:
        return named[0]
    if named:
        ids = ", ".join(found["account_id"] for found in named[:LISTED])
        raise IamsqlError(f"{len(named)} accounts have the name {printable(text)!r}: {ids}.\nGive the ID of one.")
    known = [str(found[key]) for found in accounts for key in ("account_id", "name") if found[key]]
    parts = [name for name in known if len(text) > 1 and text.lower() in name.lower()]
    close = f"; did you mean {' or '.join(parts[:3])}?" if parts else did_you_mean(text, known) or "."
    step = 'List the accounts with: iamsql query "select account_id, name, outcome from iamsql.accounts"'
    raise IamsqlError(f"The run {run_id} has no account {printable(text)!r}{printable(close)}\n{step}")


def _sections(found: dict[str, Any]) -> Facts:
    """Yield what the organization says about the account, and its outcome."""
    yield "account_id", found["account_id"]
    yield "account_name", found["name"]
    yield "state", found["state"]
    yield "organizational_unit", found["ou_path"] or None
    yield "outcome", found["outcome"]
    if found["role_used"]:
        yield "role_used", found["role_used"]


def _roles(found: dict[str, Any]) -> Facts:
    """Yield each role that could not be assumed, with AWS's message, or the reason of another outcome."""
    reason = str(found["reason"] or "")
    roles = ROLE.findall(reason) if found["outcome"] == "assume_role_failed" else []
    yield from (("role", f"{role}: {message}") for role, message in roles)
    if reason and not roles and found["outcome"] != "incomplete":  # the calls of an incomplete account follow
        yield "reason", reason


def _calls(reader: Reader, found: dict[str, Any]) -> Facts:
    """Yield each call that failed, with AWS's message and the regions."""
    rows = reader.query(FAILED_CALLS, {"account": found["account_id"]})
    for call, status, code, message, regions in rows:
        places = [region for region in regions if region != "global"]
        where = f" in {', '.join(places)}" if places else ""
        parts = [part for part in (code, message) if part and part != status]
        yield "call", ": ".join([f"{call}: {status}{where}", *parts])


def _remediation(path: Path, reader: Reader, found: dict[str, Any]) -> Facts:
    """Yield what makes the account complete, and the command to type."""
    options = reader.query("select options from iamsql.run limit 1")[0][0]
    demo = " --demo" if options and json.loads(options).get("demo") else ""
    if path.name.endswith(PARTIAL):  # without the macros of a finished run
        yield "command", f"iamsql sync --resume{demo}"
        return
    for (remediation,) in reader.query(REMEDIATION, {"account": found["account_id"]}):
        yield "remediation", remediation
        if command := COMMAND.search(remediation or ""):
            is_sync = command[0].startswith("iamsql sync")
            yield "command", command[0] + (demo if is_sync else "")
