"""Pages of a list with tokens that expire or repeat, and responses of jobs that are still in progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from iamsql.aws.client import CallStats, Request
from iamsql.aws.errors import Fault, RequestFailedError
from iamsql.aws.paginate import JOB_WAIT_SECONDS, Page, paginate

EXPIRED = Fault("marker", "InvalidMarker", "Expired.")


@dataclass
class Scripted:
    """Sends responses or faults in a given order; `requests` are the parameters that it received."""

    answers: Sequence[dict[str, Any] | Fault]
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def send(self, request: Request, stats: CallStats, read: Callable[[Any], Any]) -> Any:
        self.requests.append(request.params)
        response = self.answers[len(self.requests) - 1]
        if isinstance(response, Fault):
            raise RequestFailedError(response)
        return read(response)


def pages(client: Scripted) -> list[Page[list[str]] | None]:
    async def collect() -> list[Page[list[str]] | None]:
        request = Request("iam", "ListUsers", "us-east-1", {"MaxItems": 2})
        return [page async for page in paginate(client.send, request, CallStats(), lambda response: response["Users"])]

    return asyncio.run(collect())


def page(users: str, marker: str = "") -> dict[str, Any]:
    return {"Users": users.split(), "IsTruncated": bool(marker), "Marker": marker}


def test_pages_follow_their_tokens() -> None:
    client = Scripted([page("a b", "1"), page("", "2"), page("c")])
    assert pages(client) == [(["a", "b"], False), ([], False), (["c"], True)]
    assert client.requests == [{"MaxItems": 2}, {"MaxItems": 2, "Marker": "1"}, {"MaxItems": 2, "Marker": "2"}]


def test_an_expired_token_starts_the_list_again_once() -> None:
    client = Scripted([page("a b", "1"), EXPIRED, page("a b", "2"), page("c")])
    assert pages(client) == [(["a", "b"], False), None, (["a", "b"], False), (["c"], True)]
    assert client.requests[2] == {"MaxItems": 2}
    with pytest.raises(RequestFailedError, match="InvalidMarker"):
        pages(Scripted([page("a b", "1"), EXPIRED, page("a b", "2"), EXPIRED]))


def test_a_repeated_token_is_a_fault_before_its_page_is_used() -> None:
    with pytest.raises(RequestFailedError, match="SamePageTwice"):
        pages(Scripted([page("a", "1"), page("b", "2"), page("a", "1")]))


def test_an_unfinished_job_is_requested_again_after_longer_and_longer_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("iamsql.aws.paginate.asyncio.sleep", sleep)
    unfinished = {"JobStatus": "IN_PROGRESS", "Users": []}
    assert pages(Scripted([unfinished, unfinished, page("a") | {"JobStatus": "COMPLETED"}])) == [(["a"], True)]
    assert waits == list(JOB_WAIT_SECONDS[:2]) and waits == sorted(waits) and waits[0] > 0
    with pytest.raises(RequestFailedError, match="JobInProgress: The job was not done"):
        pages(Scripted([unfinished] * (len(JOB_WAIT_SECONDS) + 1)))
    assert len(waits) == 2 + len(JOB_WAIT_SECONDS)


def test_a_failed_job_is_a_fault() -> None:
    with pytest.raises(RequestFailedError, match="JobFailed: The job failed"):
        pages(Scripted([{"JobStatus": "FAILED", "Users": []}]))


@pytest.mark.parametrize(
    ("operation", "pages_of_aws", "second"),
    [
        ("ListKeys", [{"Users": ["a"], "NextMarker": "m", "Truncated": True}, {"Users": []}], {"Marker": "m"}),
        ("GetRestApis", [{"Users": ["a"], "position": "p"}, {"Users": []}], {"position": "p"}),
        ("ListBuckets", [{"Users": ["a"], "ContinuationToken": "t"}, {"Users": []}], {"ContinuationToken": "t"}),
        (
            "ListTables",
            [{"Users": ["a"], "LastEvaluatedTableName": "a"}, {"Users": []}],
            {"ExclusiveStartTableName": "a"},
        ),
        ("ListVaults", [{"Users": ["a"], "Marker": "arn"}, {"Users": [], "Marker": None}], {"marker": "arn"}),
        # The token of the request, not the token of a next page.
        ("ListObjectsV2", [{"Users": ["a"], "ContinuationToken": "t"}], None),
    ],
)
def test_each_operation_has_its_token(operation: str, pages_of_aws: list[dict[str, Any]], second: Any) -> None:
    client = Scripted(pages_of_aws)

    async def collect() -> int:
        request = Request("any", operation, "us-east-1", {})
        return len(
            [page async for page in paginate(client.send, request, CallStats(), lambda response: response["Users"])]
        )

    assert asyncio.run(collect()) == len(pages_of_aws)
    assert client.requests == [{}, *([second] if second else [])]
