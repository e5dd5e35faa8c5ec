"""Complete the responses about resources when all files are read: the parameters of their requests, and what no file has.

The names of files contain names of resources. The lists of resources have the values that a sync requests their details with.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from iamsql.aws.partitions import build_arn
from iamsql.sync.importer.detect_resources import DETAILS, GLOBAL, LISTS, REGION, DetailShape, Location
from iamsql.sync.importer.named_files import name_part
from iamsql.sync.importer.responses import ACCOUNT, Response
from iamsql.tables.calls import resources as calls

Key = tuple[str, str]  # service and operation
RequestValues = dict[
    Key, dict[Location, dict[str, list[str]]]
]  # values of requests by call, location, and name in file names
_SHAPES = {(shape.call.service, shape.call.operation): shape for shape in DETAILS}
_REGIONAL = {(shape.call.service, shape.call.operation): shape for shape in LISTS if shape.call.regional}


def resolve(responses: Sequence[Response]) -> list[Response]:
    """Return the responses with the parameters of requests, and with the regions of lists that no folder names.

    A resource without a response has an empty response, with `is_assumed`, if the files have the response for another resource:
    the AWS CLI writes none for a resource without a policy.
    """
    with_regions = [_with_region(response) for response in responses]
    request_values = _request_values(with_regions)
    resolved = [_resolve_response(response, request_values) for response in with_regions]
    return [*resolved, *_assumed_responses(resolved, request_values)]


def _response_key(response: Response) -> Key:
    return response.service, response.operation


def _with_region(response: Response) -> Response:
    """Return a list with the region of its first ARN or URL, if no folder has the region."""
    shape = _REGIONAL.get(_response_key(response))
    if shape is None or response.region != GLOBAL:
        return response
    first = next(iter(response.items), "")
    text = str(first.get(shape.needs, "") if isinstance(first, dict) else first)
    region = text.split(":")[3] if ACCOUNT.match(text) else "".join(text.split(".")[1:2])
    return replace(response, region=region) if REGION.fullmatch(region) else response


def _request_values(responses: Iterable[Response]) -> RequestValues:
    """Return the resources of all lists, with the values that requests for their details have."""
    request_values: RequestValues = defaultdict(lambda: defaultdict(dict))
    for response in responses:
        for key, shape in _SHAPES.items():
            parent = shape.call.parent
            if parent and (parent.service, parent.operation) == _response_key(response):
                location = response.account_id, response.region
                names = request_values[key][location]
                for item in response.items:
                    name, value = _member_text(item, shape.name), _request_value(shape, item, location)
                    names.setdefault(name_part(name), []).append(value)
    return request_values


def _member_text(item: Any, member: str) -> str:
    return str(item.get(member) or "") if isinstance(item, dict) else str(item)


def _request_value(shape: DetailShape, item: Any, location: Location) -> str:
    """Return the value of the request for a listed item."""
    value, path = _member_text(item, shape.value), shape.call.params_from[-1][1] if shape.call.params_from else ""
    return build_arn(path, location[1], location[0], value) if path.startswith("arn:") else value


def _resolve_response(response: Response, request_values: RequestValues) -> Response:
    """Return a response with the value of its parameter, from the response or from the listed resource with the name."""
    shape = _SHAPES.get(_response_key(response))
    if shape is None or not response.bound:
        return response
    [(parameter, name)] = response.bound.items()
    item = next(iter(response.items))
    identifier: Any = {shape.call.items: item} if shape.call.items else item
    for member in shape.own:
        identifier = identifier.get(member) if isinstance(identifier, dict) else None
    is_here = response.region != GLOBAL or not shape.call.regional
    matches = [
        (region, value)
        for (account_id, region), names in request_values[_response_key(response)].items()
        if account_id == response.account_id and (region == response.region or not is_here)
        for value in {*names.get(name_part(name), ())}
    ]
    if shape.own and isinstance(identifier, str):
        matches = [match for match in matches if match[1] == identifier] or [(response.region, identifier)]
    region, value = matches[0] if len(matches) == 1 else (response.region, name)
    return replace(response, region=region, bound=_bound_parameters(shape, response.account_id, parameter, value))


def _bound_parameters(shape: DetailShape, account_id: str, parameter: str, value: str) -> dict[str, Any]:
    """Return the parameters of a request, as a sync stores them."""
    return {name: account_id for name, _ in shape.call.params_from if name == "AccountId"} | {parameter: value}


def _assumed_responses(responses: Sequence[Response], request_values: RequestValues) -> Iterator[Response]:
    """Yield an empty response for each resource without one, of calls that have a response for another resource."""
    answered: dict[Key, set[tuple[Location, str]]] = defaultdict(set)
    for response in responses:
        location = (response.account_id, response.region)
        answered[_response_key(response)].add(
            (location, next(reversed([str(value) for value in response.bound.values()]), ""))
        )
    for key, shape in _SHAPES.items():
        if not shape.can_be_none or key not in answered:
            continue
        empty = Response(*key, [{}], is_assumed=True)
        if shape.call == calls.ACCOUNT_BLOCK:
            owners = {response.account_id for response in responses if response.operation == calls.BUCKETS.operation}
            for account_id in sorted(owners - {account_id for (account_id, _), _ in answered[key]}):
                yield replace(empty, account_id=account_id)
            continue
        for (account_id, region), names in request_values[key].items():
            for value in dict.fromkeys(value for values in names.values() for value in values):
                if ((account_id, region), value) not in answered[key]:
                    bound = _bound_parameters(shape, account_id, shape.call.params_from[-1][0], value)
                    yield replace(empty, account_id=account_id, region=region, bound=bound)
