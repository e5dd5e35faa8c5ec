"""Derive the organization from imported files: its accounts with their OUs, and the coverage of its calls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from iamsql import catalog
from iamsql.model import Account, Call
from iamsql.runs.file.rows import CoverageRow
from iamsql.sync.importer.request_parameters import is_listed
from iamsql.sync.importer.request_parameters import missing as missing_requests
from iamsql.sync.importer.responses import Response, objects
from iamsql.tables.aws_organizations_delegated_services_for_account import SERVICES
from iamsql.tables.calls.account import ACCOUNTS, CHILDREN, DELEGATED, FEATURES, ORGANIZATION, ROOTS, UNITS
from iamsql.tables.calls.organization import GUARDRAILS, POLICIES, POLICY, POLICY_TARGETS

NO_FILE = "None of the imported files has the response."
ORGANIZATION_CALLS = (
    ORGANIZATION,
    ACCOUNTS,
    ROOTS,
    UNITS,
    CHILDREN,
    DELEGATED,
    SERVICES,
    FEATURES,
    POLICIES,
    POLICY,
    POLICY_TARGETS,
)
Location = tuple[tuple[str, ...], str]  # IDs of the parents, root first, and path of the OU names


def select_responses(responses: Sequence[Response], call: Call | CoverageRow) -> Iterator[Response]:
    """Yield the responses to a call."""
    key = (call.service, call.operation)
    return (response for response in responses if (response.service, response.operation) == key)


def select_items(responses: Sequence[Response], call: Call) -> Iterator[dict[str, Any]]:
    """Yield the items of the responses to a call, without items that are not objects."""
    return objects(select_responses(responses, call))


def locations(responses: Sequence[Response]) -> dict[str, Location]:
    """Map each account to its location in the organization; omit accounts with a parent that the files do not list."""
    roots = {str(item["Id"]) for item in select_items(responses, ROOTS)}
    units = {
        str(item["Id"]): (str(response.bound["ParentId"]), str(item["Name"]))
        for response, item in _items_with_parent(responses, UNITS)
    }

    def above(parent: str, visited: tuple[str, ...]) -> Location | None:
        if parent in roots or parent.startswith("r-"):
            return (parent,), ""
        if parent not in units or parent in visited:  # files may be edited, so a parent may be below itself
            return None
        higher = above(units[parent][0], (*visited, parent))
        return ((*higher[0], parent), f"{higher[1]}/{units[parent][1]}".lstrip("/")) if higher else None

    locations = {
        str(item["Id"]): above(str(response.bound["ParentId"]), ())
        for response, item in _items_with_parent(responses, CHILDREN)
    }
    return {account: location for account, location in locations.items() if location}


def _items_with_parent(responses: Sequence[Response], call: Call) -> Iterator[tuple[Response, dict[str, Any]]]:
    return (
        (response, item)
        for response in select_responses(responses, call)
        if "ParentId" in response.bound
        for item in response.items
    )


def accounts_by_id(responses: Sequence[Response]) -> dict[str, Account]:
    """Return the accounts that the files list, for the organization or for a parent, with their OUs."""
    account_locations = locations(responses)
    accounts: dict[str, Account] = {}
    for item in (*select_items(responses, ACCOUNTS), *select_items(responses, CHILDREN)):
        parents, path = account_locations.get(item["Id"], ((), ""))
        state = str(item.get("State") or item.get("Status") or "")
        name, email = (str(item.get(member) or "") for member in ("Name", "Email"))
        account = Account(item["Id"], name, email, state, path, parents)
        accounts.setdefault(account.account_id, account)
    return accounts


def coverage(account: Account, responses: Sequence[Response], rows: Sequence[CoverageRow]) -> list[CoverageRow]:
    """Return the coverage of an account with the calls of the organization, if the files have a response to any of them.

    `responses` are the responses of the account. The organization belongs to the management account.
    """
    answered = {
        (call.service, call.operation) for call in ORGANIZATION_CALLS if next(select_responses(responses, call), None)
    }
    if not answered:
        return list(rows)
    completed = [_mark_incomplete(row, responses) if row.service == ORGANIZATION.service else row for row in rows]
    absent = [call for call in ORGANIZATION_CALLS if (call.service, call.operation) not in answered]
    return [*completed, *(_row_without_response(account, call, responses) for call in absent)]


def _row_without_response(account: Account, call: Call, responses: Sequence[Response]) -> CoverageRow:
    """Return the row of a call without a response: it is complete if the list that it is made for is empty."""
    row = CoverageRow(account.account_id, account.name, "global", call.service, call.operation, "ok")
    if is_listed(call, responses) and not any(missing_requests(call, responses)):
        return row
    return replace(row, status="skipped", error_code="not_imported", error_message=NO_FILE)


def _mark_incomplete(row: CoverageRow, responses: Sequence[Response]) -> CoverageRow:
    """Set the status of a call to partial if only some of its responses are in the files."""
    missing_values = _missing_values(row.operation, responses)
    if not missing_values:
        return row
    message = f"No response for {catalog.shortened_list(missing_values, 3)}."
    return replace(row, status="partial", error_code="not_imported", error_message=message)


def _missing_values(operation: str, responses: Sequence[Response]) -> list[str]:
    """Return the parents, policy types or policies without a response of a call, sorted."""
    parents = {str(item["Id"]) for call in (ROOTS, UNITS) for item in select_items(responses, call)}
    ids = {str(item["Id"]) for item in select_items(responses, POLICIES)}
    if operation == POLICY_TARGETS.operation:
        return _policies_without_targets(ids, parents, responses)
    missing_by_operation = {
        UNITS.operation: parents - _parameter_values(responses, UNITS, "ParentId"),
        CHILDREN.operation: parents - _parameter_values(responses, CHILDREN, "ParentId"),
        POLICIES.operation: set(GUARDRAILS) - _parameter_values(responses, POLICIES, "Filter"),
        POLICY.operation: ids - _parameter_values(responses, POLICY, "PolicyId"),
        SERVICES.operation: {str(item["Id"]) for item in select_items(responses, DELEGATED)}
        - _parameter_values(responses, SERVICES, "AccountId"),
    }
    return sorted(missing_by_operation.get(operation, ()))


def _policies_without_targets(ids: set[str], parents: set[str], responses: Sequence[Response]) -> list[str]:
    """Return the policies without known targets: no response for the policy, nor a response for every target."""
    by_target = [response for response in select_responses(responses, POLICY_TARGETS) if "TargetId" in response.bound]
    answered = {str(response.bound["TargetId"]) for response in by_target}
    everywhere = parents | {str(item["Id"]) for item in select_items(responses, ACCOUNTS)}
    if answered and everywhere <= answered:
        return []
    by_policy = [
        response for response in select_responses(responses, POLICY_TARGETS) if "TargetId" not in response.bound
    ]
    return sorted(ids - _parameter_values(by_policy, POLICY_TARGETS, "PolicyId"))


def _parameter_values(responses: Sequence[Response], call: Call, name: str) -> set[str]:
    return {str(response.bound[name]) for response in select_responses(responses, call) if name in response.bound}
