"""Write the responses of an organization as files of the AWS CLI: a file for each request of a sync, named as the guide says."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError

from iamsql.aws.parent_filters import PARENT_FILTERS, key_slots
from iamsql.model import Call
from iamsql.sync.importer.completeness import NEXT_PAGE
from iamsql.sync.importer.named_files import named_files
from iamsql.tables.calls.account import CHILDREN, EVENTS, REPORT, ROOTS, UNITS
from iamsql.tables.registry import find_calls, with_parents
from tests.fake_aws import FakeAws
from tests.tables.boto3_oracle import as_json, assume_roles, client

Request = tuple[dict[str, Any], list[Any]]  # parameters, and the items of the response
Responses = dict[Call, list[Request]]


def write_dumps(aws: FakeAws, folder: Path, accounts: Sequence[str], tables: Iterable[str]) -> Path:
    """Write the responses of the calls of some tables in a folder, for the organization and for some accounts."""
    calls = list(
        dict.fromkeys(call for name in tables for table_call in find_calls(name) for call in with_parents(table_call))
    )
    sessions = assume_roles(aws)
    responses: Responses = {}
    of_organization = [call for call in calls if call.org and not call.implicit]
    for call in sorted(of_organization, key=lambda call: call == CHILDREN):  # which needs all organizational units
        _make(sessions[aws.organization.management.id], call, responses, folder, "")
    for account in accounts:
        responses = {}
        _write(folder / account / "get-caller-identity.json", _caller(sessions[account]))
        for call in calls:
            if not (call.org or call.implicit or call == EVENTS or (call.fallback_for and not call.parent_filter)):
                _make(sessions[account], call, responses, folder / account, account)
    return folder


def _make(session: boto3.Session, call: Call, responses: Responses, folder: Path, account: str) -> None:
    """Make the requests of a call, and write a file for each. A request without data has an empty object."""
    boto_client = client(session, call.service)
    target = folder / str(session.region_name) if call.regional else folder
    responses[call] = []
    for bound in _bound(call, responses, account):
        pages = list(_pages(boto_client, call, bound))
        document = _document(call, pages)
        _write(target / f"{_name(call, bound)}.json", document)
        items = document.get(call.items, []) if call.items else [document]
        responses[call].append((bound, items if isinstance(items, list) else [items]))


def _bound(call: Call, responses: Responses, account: str) -> Iterator[dict[str, Any]]:
    """Yield the parameters of each request, besides those that all requests have."""
    if call in (UNITS, CHILDREN):
        waiting = [root["Id"] for _, roots in responses[ROOTS] for root in roots]
        for parent in waiting:
            yield {"ParentId": parent}
            waiting += [
                unit["Id"] for bound, units in responses[UNITS] if bound["ParentId"] == parent for unit in units
            ]
        return
    if call.parent is None:
        owner = {name: account for name, _ in call.params_from}
        yield from (owner | json.loads(variant) for variant in call.variants or ("{}",))
        return
    for bound, items in responses.get(call.parent, []):
        for item in _without_slot(items, responses) if call.fallback_for else items:
            if not call.only or (item.get(call.only[0].removeprefix("-")) in call.only[1:]) != call.only[0].startswith(
                "-"
            ):
                yield {name: _value(path, bound, item) for name, path in call.params_from}


def _without_slot(keys: list[Any], responses: Responses) -> list[Any]:
    """Return the access keys that the credential report does not distinguish: a sync requests the last use of these alone."""
    [(_, [document])] = responses[REPORT]
    report = list(csv.DictReader(io.StringIO(document["Content"])))
    return PARENT_FILTERS["unassigned_keys"](keys, key_slots(report))


def _value(path: str, bound: dict[str, Any], item: Any) -> Any:
    if path.startswith("["):
        return [_value(path[1:-1], bound, item)]
    return item if path == "$" else (bound if path.startswith("@") else item)[path.lstrip("@").removeprefix("$.")]


def _pages(boto_client: Any, call: Call, bound: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the pages of a response; nothing if AWS returns an error that means that there is none."""
    operation, params = xform_name(call.operation), {name: _plain(value) for name, value in call.params} | bound
    try:
        while call == REPORT and boto_client.generate_credential_report()["State"] != "COMPLETE":
            pass
        if not boto_client.can_paginate(operation):
            yield getattr(boto_client, operation)(**params)
            return
        yield from boto_client.get_paginator(operation).paginate(**params)
    except ClientError as error:
        if error.response["Error"]["Code"] not in call.empty_on:
            raise


def _plain(value: Any) -> Any:
    return [*value] if isinstance(value, tuple) else value


def _document(call: Call, pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the pages as the AWS CLI prints them: lists are joined, and metadata is left out."""
    document: dict[str, Any] = {}
    for page in pages:
        for name, value in page.items():
            if name not in ("ResponseMetadata", *NEXT_PAGE):
                text = value.decode() if isinstance(value, bytes) else value
                document[name] = document[name] + text if isinstance(document.get(name), list) else text
    plain: dict[str, Any] = as_json(document)
    return plain


def _caller(session: boto3.Session) -> dict[str, Any]:
    response = client(session, "sts").get_caller_identity()
    return {name: value for name, value in response.items() if name != "ResponseMetadata"}


def _name(call: Call, bound: dict[str, Any]) -> str:
    names = (named_file.name_of(bound | dict(call.params)) for named_file in named_files() if named_file.call == call)
    return next(names, xform_name(call.operation, "-"))


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
