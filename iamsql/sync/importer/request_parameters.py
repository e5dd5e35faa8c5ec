"""Find the parameters of requests in the names of files, and the requests without a response in any file.

A call for each item of a list has one request for each item. The list is the response to another call, or to its fallback.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from iamsql.aws.plan import call_depth
from iamsql.canonical_json import canonical_json
from iamsql.model import Call
from iamsql.sync.importer.named_files import SCOPE, NamedFile, named_files
from iamsql.sync.importer.responses import Response
from iamsql.tables.registry import all_calls

Key = tuple[str, str, str]  # service, operation and part
Origin = tuple[str, str]  # account and region
Match = tuple[Origin, dict[str, Any]]  # a request: where it was made, and its parameters


def resolve(responses: Sequence[Response]) -> tuple[list[Response], list[Response]]:
    """Return the responses with the parameters of their requests, and the responses with unknown parameters.

    Lists are resolved before the calls for their items. These calls may return lists for other calls.
    """
    resolved = [response for response in responses if not response.named_after]
    waiting: dict[Key, list[Response]] = defaultdict(list)
    for response in responses:
        if response.named_after:
            waiting[_key_of_response(response)].append(response)
    unknown: list[Response] = []
    for named_file in sorted(named_files(), key=lambda file: call_depth(file.call)):
        if waiting_responses := waiting.pop(_call_key(named_file.call), []):
            requests = _requests_by_name(named_file, resolved)
            for response in waiting_responses:
                resolved_response = _resolve_response(response, named_file, requests.get(response.named_after, []))
                (resolved if resolved_response else unknown).append(resolved_response or response)
    return resolved, unknown


def _resolve_response(response: Response, named_file: NamedFile, matches: Sequence[Match]) -> Response | None:
    """Return a response with the parameters of the request that its file name matches; None if no request matches."""
    matches_of_response = [match for match in matches if _belongs_to_request(response, *match[0], named_file.call)]
    if len({canonical_json(bound) for _, bound in matches_of_response}) == 1:
        (_, region), bound = matches_of_response[0]
        return replace(response, bound=bound, region=region, named_after="")
    single = _single_request(named_file, response) if not matches_of_response else None
    return None if single is None else replace(response, bound=single, named_after="")


def missing(call: Call, responses: Sequence[Response]) -> tuple[int, int]:
    """Return the number of requests of a call without a response, and the number of its requests."""
    requests = {canonical_json(bound) for _, bound in _expected_requests(call, responses)}
    answered = {
        canonical_json(response.bound) for response in responses if _key_of_response(response) == _call_key(call)
    }
    return len(requests - answered), len(requests)


def is_listed(call: Call, responses: Sequence[Response]) -> bool:
    """Return whether the files have a list of the items that a call is made for."""
    return any(_key_of_response(response) in _parent_lists(call) for response in responses)


def _key_of_response(response: Response) -> Key:
    return response.service, response.operation, response.part


def _call_key(call: Call) -> Key:
    return call.service, call.operation, call.part


@cache
def _parent_lists(call: Call) -> frozenset[Key]:
    """Return the keys of the calls whose items a call is made for: its parent, and the fallbacks of the parent."""
    parents = (
        other
        for other in all_calls()
        if other == call.parent or (other.fallback_for == call.parent and not other.parent)
    )
    return frozenset(map(_call_key, parents)) if call.parent else frozenset()


def _belongs_to_request(response: Response, account_id: str, region: str, call: Call) -> bool:
    """Return whether a response may belong to a request: it has the account of the request, and its region or none."""
    return response.account_id == account_id and (not call.regional or response.region in (region, "global"))


def _requests_by_name(named_file: NamedFile, responses: Sequence[Response]) -> dict[str, list[Match]]:
    """Return the requests of a call by the part of the file name that has their parameters."""
    by_name: dict[str, list[Match]] = defaultdict(list)
    for origin, bound in _expected_requests(named_file.call, responses):
        by_name[named_file.name_of(bound)[len(named_file.command) + 1 :]].append((origin, bound))
    return by_name


def _expected_requests(call: Call, responses: Sequence[Response]) -> Iterator[Match]:
    """Yield the account, the region and the parameters of each request of a call for the items of its lists."""
    lists = _parent_lists(call)
    for response in responses:
        if _key_of_response(response) in lists:
            for item in response.items:
                if not call.only or _meets_condition(call.only, item):
                    bound = {name: _parameter_value(path, response.bound, item) for name, path in call.params_from}
                    yield (response.account_id, response.region), bound


def _meets_condition(condition: tuple[str, ...], item: Any) -> bool:
    """Return whether a call is made for an item: see `only` of Call."""
    member, *values = condition
    is_value = isinstance(item, dict) and item.get(member.removeprefix("-")) in values
    return is_value != member.startswith("-")


def _parameter_value(path: str, bound: dict[str, Any], item: Any) -> Any:
    """Return a parameter of a request: see `params_from` of Call."""
    if path.startswith("["):
        return [_parameter_value(path[1:-1], bound, item)]
    if path == "$":
        return item
    source = bound if path.startswith("@") else item
    return source.get(path.lstrip("@").removeprefix("$.")) if isinstance(source, dict) else None


def _single_request(named_file: NamedFile, response: Response) -> dict[str, Any] | None:
    """Return the parameters of a request that no list has: a variant, none, or one with the text in the file name."""
    for text in named_file.call.variants:
        variant: dict[str, Any] = json.loads(text)
        if [*variant.values()] == [response.named_after]:
            return variant
    if SCOPE in named_file.parameters:
        return {}
    parameters = [name for name, _ in named_file.call.params_from]
    return {parameters[0]: response.named_after} if len(parameters) == 1 else None
