"""Requests and responses in the protocols of AWS."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.demo.errors import AwsError
from iamsql.demo.protocol import REQUEST_ID, error_response, freeze, page_token, read_request, response_body

SCOPE = "AWS4-HMAC-SHA256 Credential=ASIA1/20260301/{}/{}/aws4_request, SignedHeaders=x"


def request(
    service: str, url: str, text: str = "", method: str = "POST", region: str = "us-east-1", **headers: str
) -> Any:
    return SimpleNamespace(
        method=method, url=url, body=text.encode(), headers={"Authorization": SCOPE.format(region, service)} | headers
    )


def test_a_form_names_its_operation() -> None:
    parsed = read_request(
        request("iam", "https://iam.amazonaws.com/", "Action=ListUsers&Version=2010-05-08&Marker=&MaxItems=5")
    )
    assert parsed[:4] == ("ASIA1", "us-east-1", "iam", "ListUsers")
    assert parsed.params == (("Marker", ""), ("MaxItems", "5"))


def test_a_header_names_the_operation_of_json() -> None:
    target = {"X-Amz-Target": "AWSOrganizationsV20161128.ListAccounts"}
    parsed = read_request(
        request(
            "organizations",
            "https://organizations.us-east-1.amazonaws.com/",
            '{"b": [1, {"x": 2}], "a": "1"}',
            **target,
        )
    )
    assert (parsed.operation, parsed.params) == ("ListAccounts", (("a", "1"), ("b", (1, (("x", 2),)))))


def test_a_path_names_the_operation_of_rest() -> None:
    parsed = read_request(request("access-analyzer", "https://x/analyzer/my%20one?", method="GET"))
    assert (parsed.operation, parsed.params) == ("GetAnalyzer", (("analyzerName", "my one"),))
    with pytest.raises(AwsError, match="GET /no/such/path"):
        read_request(request("access-analyzer", "https://x/no/such/path", method="GET"))


def test_a_request_without_a_signature_is_refused() -> None:
    unsigned: Any = SimpleNamespace(method="GET", url="https://x/", body=None, headers={})
    with pytest.raises(AwsError, match="missing Authentication Token"):
        read_request(unsigned)


def test_objects_and_lists_are_hashable() -> None:
    assert freeze({"b": [1, {"c": None}], "a": "x"}) == (("a", "x"), ("b", (1, (("c", None),))))


def test_only_members_of_the_model_are_written_and_names_are_escaped() -> None:
    user = {"UserName": "<a&b>\x01", "Arn": "arn", "Unknown": "x", "CreateDate": datetime(2026, 3, 1, tzinfo=UTC)}
    text = response_body("iam", "GetUser", {"User": user}).decode()
    assert "<UserName>&lt;a&amp;b&gt;\ufffd</UserName>" in text and "Unknown" not in text
    assert "<CreateDate>2026-03-01T00:00:00Z</CreateDate>" in text and REQUEST_ID in text
    account = {"Id": "1", "JoinedTimestamp": "2026-03-01T00:00:00+00:00", "Tags": []}
    assert json.loads(response_body("organizations", "DescribeAccount", {"Account": account})) == {
        "Account": {"Id": "1", "JoinedTimestamp": 1772323200.0}
    }


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [("iam", "ListUsers", "Marker"), ("organizations", "ListAccounts", "NextToken"), ("iam", "GetUser", ""),
     ("accessanalyzer", "ListAnalyzers", "nextToken")],
)  # fmt: skip
def test_the_token_of_the_next_page_is_a_member(service: str, operation: str, member: str) -> None:
    assert page_token(service, operation) == member


@pytest.mark.parametrize(
    ("service", "text"),
    [("iam", "<Error><Type>Sender</Type><Code>A&lt;</Code><Message>m&amp;</Message></Error>"),
     ("ec2", "<Error><Code>A&lt;</Code><Message>m&amp;</Message></Error>"), ("organizations", '{"__type": "A<", "message": "m&"}')],
)  # fmt: skip
def test_an_error_has_the_form_of_the_protocol(service: str, text: str) -> None:
    response = error_response("https://x/", service, AwsError("A<", "m&", 403))
    assert response.status_code == 403 and text in response.text
