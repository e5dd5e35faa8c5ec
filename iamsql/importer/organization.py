"""What imported files tell of the organization: where its accounts are, and which of its answers no file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from iamsql.importer.read import Response
from iamsql.model import Account, Call
from iamsql.runfile.rows import CoverageRow
from iamsql.schema.tables._calls import ACCOUNTS, CHILDREN, ORGANIZATION, ROOTS, UNITS
from iamsql.schema.tables._org_calls import GUARDRAILS, POLICIES, POLICY, POLICY_TARGETS

NO_FILE = "No file that was given holds it."
WANTED = (ORGANIZATION, ACCOUNTS, ROOTS, UNITS, CHILDREN, POLICIES, POLICY, POLICY_TARGETS)
Place = tuple[tuple[str, ...], str]


def responses_of(found: Sequence[Response], call: Call) -> Iterator[Response]:
    """List what answers a call."""
    return (one for one in found if (one.service, one.operation) == (call.service, call.operation))


def _items(found: Sequence[Response], call: Call) -> Iterator[dict[str, Any]]:
    return (item for one in responses_of(found, call) for item in one.items if isinstance(item, dict))


def places(found: Sequence[Response]) -> dict[str, Place]:
    """Map each account to the ids above it, from the root down, and the names of its units; left out where one is missing."""
    roots = {str(item["Id"]) for item in _items(found, ROOTS)}
    units = {str(item["Id"]): (str(one.bound["ParentId"]), str(item["Name"])) for one, item in _under(found, UNITS)}

    def above(parent: str, seen: tuple[str, ...]) -> Place | None:
        if parent in roots or parent.startswith("r-"):
            return (parent,), ""
        if parent not in units or parent in seen:
            return None
        higher = above(units[parent][0], (*seen, parent))
        return ((*higher[0], parent), f"{higher[1]}/{units[parent][1]}".lstrip("/")) if higher else None

    held = {str(item["Id"]): above(str(one.bound["ParentId"]), ()) for one, item in _under(found, CHILDREN)}
    return {account: place for account, place in held.items() if place}


def _under(found: Sequence[Response], call: Call) -> Iterator[tuple[Response, dict[str, Any]]]:
    return ((one, item) for one in responses_of(found, call) if "ParentId" in one.bound for item in one.items)


def listed(found: Sequence[Response]) -> dict[str, Account]:
    """Give the accounts that the files list, of the whole organization or under a parent, each in its place."""
    where = places(found)
    known: dict[str, Account] = {}
    for item in (*_items(found, ACCOUNTS), *_items(found, CHILDREN)):
        parents, path = where.get(item["Id"], ((), ""))
        state = str(item.get("State") or item.get("Status") or "")
        one = Account(item["Id"], item.get("Name", ""), item.get("Email", ""), state, path, parents)
        known.setdefault(one.account_id, one)
    return known


def coverage(account: Account, found: Sequence[Response], rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    """Give an account's rows with those of the calls that read the organization; none where the files tell nothing of one.

    `found` are what the files hold under the account: the organization is told under the management account.
    """
    told = {one.operation for call in WANTED for one in responses_of(found, call)}
    if not told:
        return list(rows)
    whole = [_completeness(row, found) if row.service == ORGANIZATION.service else row for row in rows]
    head = (account.account_id, account.name, "global", ORGANIZATION.service)
    lacking = (call.operation for call in WANTED if call.operation not in told)
    return [*whole, *(CoverageRow(*head, one, "skipped", "not_imported", NO_FILE) for one in lacking)]


def _completeness(row: CoverageRow, found: Sequence[Response]) -> CoverageRow:
    """Call a call partial of which some answers are among the files and others are not."""
    left = _missing(row.operation, found)
    if not left:
        return row
    words = f"No file holds it of {', '.join(left[:3])}{f' and {len(left) - 3} more' if len(left) > 3 else ''}."
    return replace(row, status="partial", error_code="not_imported", error_message=words)


def _missing(operation: str, found: Sequence[Response]) -> list[str]:
    """List what a call was not asked about: parents, types of policies or policies."""
    parents = {str(item["Id"]) for call in (ROOTS, UNITS) for item in _items(found, call)}
    ids = {str(item["Id"]) for item in _items(found, POLICIES)}
    if operation in (UNITS.operation, CHILDREN.operation):
        call = UNITS if operation == UNITS.operation else CHILDREN
        return sorted(parents - _parameter(found, call, "ParentId"))
    if operation == POLICIES.operation:
        return sorted(set(GUARDRAILS) - _parameter(found, POLICIES, "Filter"))
    if operation == POLICY.operation:
        return sorted(ids - _parameter(found, POLICY, "PolicyId"))
    if operation == POLICY_TARGETS.operation:
        return _missing_targets(ids, parents, found)
    return []


def _missing_targets(ids: set[str], parents: set[str], found: Sequence[Response]) -> list[str]:
    """List the policies whose targets are not known: told neither by policy nor, for every place, by target."""
    by_target = [one for one in responses_of(found, POLICY_TARGETS) if "TargetId" in one.bound]
    asked = {str(one.bound["TargetId"]) for one in by_target}
    everywhere = parents | {str(item["Id"]) for item in _items(found, ACCOUNTS)}
    if asked and everywhere <= asked:
        return []
    by_policy = [one for one in responses_of(found, POLICY_TARGETS) if "TargetId" not in one.bound]
    return sorted(ids - _parameter(by_policy, POLICY_TARGETS, "PolicyId"))


def _parameter(found: Sequence[Response], call: Call, name: str) -> set[str]:
    return {str(one.bound[name]) for one in responses_of(found, call) if name in one.bound}
