"""The rows as a list for a terminal: grouped by section, with identical results of several accounts grouped.

A check that another one stopped is in the entry of the check that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from iamsql.escaping import printable
from iamsql.render.terminal.style import Style
from iamsql.render.terminal.width import wrap
from iamsql.sync.doctor.model import FAILED, OK, SKIPPED, Row, with_full_stop

STATUS_LABELS = {OK: "ok", FAILED: "FAILED", SKIPPED: "skipped"}
STATUS_STYLES = {OK: "ok", FAILED: "alarm", "warning": "medium", SKIPPED: "skip"}
LABEL_WIDTH = len("skipped")
MIN_DETAIL_WIDTH = 30  # columns of a text; a narrower terminal breaks the lines
ACCOUNT_PLACEHOLDER = "\0"  # stands for the account in the texts of an entry
MAX_LISTED_ACCOUNTS = 3  # accounts that are listed by their IDs


def write_list(rows: Sequence[Row], sections: Mapping[str, str], stream: TextIO, style: Style) -> None:
    """Write the rows under the headings of their sections. Lines fit the terminal, unless the style is `wide`."""
    heading = ""
    width = max(map(len, (row.check for row in rows)), default=0)
    for row, accounts in _group_by_account(_merge_stopped_checks(rows)):
        section = sections.get(row.check, "")
        if section != heading:
            stream.write(("\n" if heading else "") + style.paint(section, "heading") + "\n")
            heading = section
        for line in _entry_lines(row, accounts, width, style):
            stream.write(line + "\n")


def _merge_stopped_checks(rows: Sequence[Row]) -> list[Row]:
    """Return the rows without the checks that another check stopped. The detail of the failed check names them."""
    causes = {(row.check, row.account) for row in rows if row.status == FAILED}
    stopped: dict[tuple[str, str], dict[str, None]] = {}
    remaining_rows = []
    for row in rows:
        key = (row.cause, row.account)
        if row.cause and key in causes:
            stopped.setdefault(key, {})[row.check] = None
        else:
            remaining_rows.append(row)
    return [_name_stopped_checks(row, list(stopped.pop((row.check, row.account), ()))) for row in remaining_rows]


def _name_stopped_checks(row: Row, checks: Sequence[str]) -> Row:
    """Return a failed row with the names of the checks that it stopped in its detail."""
    if row.status != FAILED or not checks:
        return row
    return row._replace(detail=f"{with_full_stop(row.detail)} Skipped because of it: {', '.join(checks)}.")


def _group_by_account(rows: Sequence[Row]) -> list[tuple[Row, list[str]]]:
    """Return each row with its accounts; rows that differ only in their accounts are one entry."""
    by_row: dict[Row, list[str]] = {}
    for row in rows:
        # The next step of a role and of a permission has the account in the ARN.
        step = row.remediation.replace(row.account, ACCOUNT_PLACEHOLDER) if row.account else row.remediation
        detail = row.detail.replace(row.account, ACCOUNT_PLACEHOLDER) if row.account else row.detail
        by_row.setdefault(row._replace(account="", detail=detail, remediation=step), []).append(row.account)
    return [
        (_with_account(row, accounts[0] if len(accounts) == 1 else "ACCOUNT"), accounts)
        for row, accounts in by_row.items()
    ]


def _with_account(row: Row, account: str) -> Row:
    return row._replace(
        detail=row.detail.replace(ACCOUNT_PLACEHOLDER, account),
        remediation=row.remediation.replace(ACCOUNT_PLACEHOLDER, account),
    )


def _entry_lines(row: Row, accounts: Sequence[str], width: int, style: Style) -> Iterator[str]:
    """Yield the lines of an entry: status, check and detail, then the next step."""
    indent = LABEL_WIDTH + width + 6
    detail_width = 1_000_000 if style.wide else max(MIN_DETAIL_WIDTH, style.width - indent)
    status = STATUS_LABELS.get(row.status, row.status)
    detail = printable(row.detail) + _account_suffix(row, accounts)
    first_line, *other_lines = (line.rstrip() for line in wrap(detail, detail_width))
    label = style.paint(status, STATUS_STYLES.get(row.status, "")) + " " * (LABEL_WIDTH - len(status))
    yield f"  {label}  {row.check:<{width}}  {first_line}".rstrip()
    yield from (" " * indent + line for line in other_lines)
    if row.remediation:
        steps = [line.rstrip() for line in wrap(printable(row.remediation), detail_width - 2)]
        yield from (" " * indent + ("→ " if not index else "  ") + line for index, line in enumerate(steps))


def _account_suffix(row: Row, accounts: Sequence[str]) -> str:
    """Return the accounts of an entry in brackets, unless the detail names the only one."""
    account_ids = [account for account in accounts if account]
    if not account_ids or (len(account_ids) == 1 and account_ids[0] in row.detail):
        return ""
    if len(account_ids) <= MAX_LISTED_ACCOUNTS:
        return f" ({', '.join(account_ids)})"
    return f" ({len(account_ids)} accounts: {', '.join(account_ids[:MAX_LISTED_ACCOUNTS])} …)"
