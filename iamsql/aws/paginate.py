"""Paginate list operations: expired page tokens restart the list, unfinished jobs are requested again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.items import AccountItems, without_members
from iamsql.aws.plan import CallResult
from iamsql.aws.transport import Read
from iamsql.canonical_json import canonical_json
from iamsql.model import Call

Content = TypeVar("Content")
# Sends a request, and returns `read(response)`. Raise RequestFailedError.
Send = Callable[[Request, CallStats, Read], Awaitable[Any]]
JOB_WAIT_SECONDS = (
    0.4,
    0.8,
    1.5,
    3.0,
    5.0,
    *([10.0] * 27),
)  # seconds between requests for a job: five minutes in total
# The members of responses that contain the token of the next page, and its parameter.
TOKEN_PARAMETERS = {
    "NextToken": "NextToken",
    "nextToken": "nextToken",
    "NextContinuationToken": "ContinuationToken",
    "NextMarker": "Marker",
    "position": "position",
    "LastEvaluatedTableName": "ExclusiveStartTableName",
}
# ListBuckets returns the next token as ContinuationToken. ListObjectsV2 returns the token of its own request under this name.
# ListVaults of Glacier returns a Marker without IsTruncated.
TOKEN_PARAMETERS_BY_OPERATION = {
    "ListBuckets": {"ContinuationToken": "ContinuationToken"},
    "ListVaults": {"Marker": "marker"},
}
REPEATED_TOKEN_FAULT = Fault("error", "SamePageTwice", "AWS returned the same page token twice.")
UNFINISHED_JOB_FAULT = Fault("error", "JobInProgress", "The job was not done within five minutes.")


class Page(NamedTuple, Generic[Content]):
    """One page of a list."""

    content: Content
    is_last: bool


class CallItems(NamedTuple):
    """The items of one page for one of the calls that share the request; `texts` has the items as canonical JSON."""

    call: Call
    items: list[Any]
    texts: list[str]  # the items as canonical JSON


async def paginate(
    send: Send, request: Request, stats: CallStats, read: Callable[[Any], Content]
) -> AsyncIterator[Page[Content] | None]:
    """Yield the pages of a list. Their content is `read(response)`, which is called in the thread of the request.

    Yields None, at most once, if a page token has expired: the list then starts again, so earlier pages are void.
    Repeats the request for an unfinished job until the job is done. Raise RequestFailedError.
    """
    params, seen_tokens, is_restarted, waits = request.params, set[tuple[str, str]](), False, iter(JOB_WAIT_SECONDS)
    while True:
        try:
            read_page = partial(
                _read_page, read, TOKEN_PARAMETERS_BY_OPERATION.get(request.operation, TOKEN_PARAMETERS)
            )
            content, token, is_running = await send(replace(request, params=params), stats, read_page)
        except RequestFailedError as failed:
            if failed.fault.fault_type != "marker" or is_restarted:
                raise
            # Once: a list that takes longer than its tokens are valid would never end.
            params, seen_tokens, is_restarted = request.params, set(), True
            yield None
            continue
        if is_running:
            if (wait := next(waits, None)) is None:
                raise RequestFailedError(UNFINISHED_JOB_FAULT)
            await asyncio.sleep(wait)
            continue
        if token and seen_tokens.issuperset(token.items()):  # a repeated token: the list would never end
            raise RequestFailedError(REPEATED_TOKEN_FAULT)
        yield Page(content, is_last=not token)
        if not token:
            return
        seen_tokens |= token.items()
        params = {**params, **token}


async def collect_pages(
    send: Send,
    calls: Sequence[Call],
    result: CallResult,
    items: AccountItems,
    params: dict[str, Any],
    region: str = "",
    extra: Mapping[str, Any] | None = None,
) -> AsyncGenerator[Page[list[CallItems]] | None, None]:
    """Write the items of each page of a list, and yield the page with the items of each call. Raise RequestFailedError.

    Yields None if the list starts again: the items of its earlier pages were deleted, and the pages that follow contain them
    again. The items of parent tables are added to `result.parents`. `calls` share the request. `params` identify the list in
    the raw tables, and `extra` are additional parameters of the request. The requests go to `region`, by default the region
    of the result.
    """
    call, bound, count = calls[0], canonical_json(params), 0
    all_params = {**dict(call.params), **params, **(extra or {})}
    request = Request(call.service, call.operation, region or result.region, all_params, call.empty_on)
    async for page in paginate(send, request, result.stats, partial(_read_items, calls)):
        if page is None:
            result.stats.items -= count  # other lists of the call add to it at the same time
            count = 0
            for sharing_call in calls:
                items.delete(sharing_call.raw, result.region, bound)
            for raw, parents in result.parents.items():
                result.parents[raw] = [parent for parent in parents if parent.params is not params]
        for call_items in page.content if page else ():
            result.stats.items += len(call_items.texts)
            count += len(call_items.texts)
            items.write(call_items.call.raw, result.region, bound, call_items.texts)
            if call_items.call.raw in items.parent_tables:
                parents = result.parents.setdefault(call_items.call.raw, [])
                parents.extend(items.parent(params, item) for item in call_items.items)
        yield page


def search_items(answer: Any, path: str) -> list[Any]:
    """Return the items at a member of a response: a list's elements, or a map or structure as one item.

    An empty path selects the whole response.
    """
    member = answer if not path else answer.get(path)
    if isinstance(member, list):
        return member
    if isinstance(member, dict):
        return [{key: value for key, value in member.items() if key != "ResponseMetadata"}]
    return [] if member is None else [member]


def _read_page(
    read: Callable[[Any], Content], tokens: Mapping[str, str], answer: dict[str, Any]
) -> tuple[Content, dict[str, str], bool]:
    """Return the content of a page, the parameter of the next page, and whether the job that makes the content is running.

    A page without items may have a next page. Raise RequestFailedError if a job failed, such as a job of
    GetServiceLastAccessedDetails.
    """
    if answer.get("JobStatus") == "FAILED":
        job_error = answer.get("Error") or {}
        raise RequestFailedError(
            Fault(
                "error", str(job_error.get("Code") or "JobFailed"), str(job_error.get("Message") or "The job failed.")
            )
        )
    token = next(({name: answer[member]} for member, name in tokens.items() if answer.get(member)), {})
    if not token and answer.get("IsTruncated") and answer.get("Marker"):
        token = {"Marker": answer["Marker"]}
    return read(answer), token, answer.get("JobStatus") == "IN_PROGRESS"


def _read_items(calls: Sequence[Call], answer: dict[str, Any]) -> list[CallItems]:
    items_by_call = [(call, without_members(search_items(answer, call.items), call.left_out)) for call in calls]
    return [CallItems(call, items, [canonical_json(item) for item in items]) for call, items in items_by_call]
