"""Each declared call has the request and the response that botocore's client has, in both transports."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from iamsql.aws.errors import classify
from iamsql.aws.http.operations import Operations
from iamsql.aws.sessions import SessionFactory
from iamsql.aws.transport import Transport
from iamsql.catalog.settings.option_types import ASYNCIO, BOTOCORE, TRANSPORTS
from iamsql.demo import protocol
from iamsql.demo.errors import QUERY_SERVICES, AwsError
from iamsql.tables.registry import all_calls

KEYS = ("ASIAEXAMPLEEXAMPLE00", "not-a-secret", "not-a-token")
NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
MADE = [("sts", "AssumeRole"), ("iam", "GenerateCredentialReport")]  # by a sync, and declared by no table
OPERATIONS = sorted({(call.service, call.operation) for call in all_calls() if call.service != "catalogue"} | set(MADE))
OF_REST = (
    "account", "accessanalyzer", "apigateway", "backup", "efs", "glacier", "lambda", "opensearch", "s3", "s3control", "schemas",
    "sesv2",
)  # fmt: skip
REST = (*OF_REST, "dynamodb", "events")  # the endpoints of these two depend on a parameter
FAST = [operation for operation in OPERATIONS if operation[0] not in REST]
SAMPLES = [
    ("iam", "ListUsers"),
    ("sts", "GetCallerIdentity"),
    ("ec2", "DescribeRegions"),
    ("organizations", "ListAccounts"),
]
PAGES = [b"", b"<html><body>Bad gateway</body></html>", b"{", b"null", b"[]", b"\xff"]
TEXT = "a b/+&=ü\u2028"


RUNNER = asyncio.Runner()


class Exchange:
    """What a transport sends for a call, and what it makes of the response."""

    def __init__(self, transport: str) -> None:
        self.request: Any = None
        self.response = (200, b"")
        self.sessions = SessionFactory(send=self.answer, credentials=KEYS, uses_botocore=transport == BOTOCORE)
        self.transport = Transport(self.sessions)

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        self.request = request
        headers = {"Content-Type": "text/plain", "x-amzn-RequestId": "an-id", "Date": "Mon, 02 Mar 2026 12:00:05 GMT"}
        response = AWSResponse(request.url, self.response[0], headers, None)
        response._content = self.response[1]
        return response

    def send(self, service: str, name: str, params: dict[str, Any], status: int, body: bytes) -> Any:
        self.response = status, body
        try:
            return RUNNER.run(
                self.transport.send(self.sessions.caller, service, name, "us-east-1", params, lambda response: response)
            )
        except ClientError as error:
            return error.operation_name, str(error), error.response
        except Exception as error:
            return classify(error).fault_type, classify(error).code

    def sent(self) -> tuple[str, str, bytes, dict[str, str]]:
        """Return method, URL, body and headers of the request, in one form."""
        request = self.request
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = {
            name.lower(): value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers.pop("amz-sdk-invocation-id"))
        features = re.search(r" m/(\S+)", headers["user-agent"])
        assert features
        # The clients of this test have explicit credentials, which is feature e.
        names = ",".join(sorted({*features[1].split(","), "e"}))
        headers["user-agent"] = headers["user-agent"].replace(features[0], f" m/{names}")
        return request.method, request.url, body, headers


@cache
def exchange(transport: str) -> Exchange:
    return Exchange(transport)


def both(service: str, name: str, params: dict[str, Any], status: int, body: bytes) -> list[Any]:
    """Return the request and the result of both transports, at the same time."""
    with patch("botocore.auth.get_current_datetime", lambda: NOW), patch("time.time", NOW.timestamp):
        results = [exchange(transport).send(service, name, params, status, body) for transport in TRANSPORTS]
    return [(exchange(transport).sent(), result) for transport, result in zip(TRANSPORTS, results, strict=True)]


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    """Close the event loop and the thread pools at the end."""
    yield
    for transport in TRANSPORTS:
        exchange(transport).transport.close()
    RUNNER.close()


def model(service: str, name: str) -> OperationModel:
    return protocol.service_model(service).operation_model(name)


def value(shape: Shape, text: str, depth: int = 0) -> Any:
    """Return a value with all members of a shape; recursive shapes end at a depth."""
    factories: dict[str, Callable[[], Any]] = {
        "structure": lambda: {
            name: value(member, text, depth + 1)
            for name, member in shape.members.items()
            if depth < 6 or member.type_name not in ("structure", "list", "map")
        },
        "list": lambda: [value(shape.member, text, depth + 1)] * 2 if depth < 6 else [],
        "map": lambda: {value(shape.key, text, depth + 1): value(shape.value, text, depth + 1)},
        "string": lambda: document(shape) or (shape.enum or [text])[0],
        "blob": lambda: b"bytes",
        "boolean": lambda: True,
        "timestamp": lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        "float": lambda: 1.5,
        "double": lambda: 1.5,
    }
    return factories.get(shape.type_name, lambda: 7)()


def document(shape: Shape) -> str:
    """Return a policy document as IAM encodes it; '' for another text."""
    return (
        quote(json.dumps({"Statement": [{"Sid": "a b", "Action": ["s3:*"]}]}))
        if shape.name == "policyDocumentType"
        else ""
    )


def signed_name(service: str) -> str:
    return {"sso-admin": "sso"}.get(service, service)


def answer_body(service: str, name: str) -> bytes:
    """Return the body of a response with all members of the output."""
    shape = model(service, name).output_shape
    result = value(shape, "text & <more> ü") if shape else {}
    return protocol.response_body(signed_name(service), name, result)


@pytest.mark.parametrize(("service", "name"), FAST, ids=str)
def test_a_call_has_the_request_and_the_response_of_botocore(service: str, name: str) -> None:
    shape = model(service, name).input_shape
    params = value(shape, TEXT) if shape else {}
    [(request, response), (expected_request, expected)] = both(service, name, params, 200, answer_body(service, name))
    assert exchange(ASYNCIO).sessions.operations.find(service, name, "us-east-1") is not None
    assert request == expected_request
    assert isinstance(response, dict) and response == expected
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amzn-requestid"] == "an-id"
    assert len(response) > 1 or not model(service, name).output_shape.members


def errors(service: str, name: str) -> list[tuple[int, bytes]]:
    """Return the status and body of error responses: general ones, and those that the model has for the operation."""
    codes = [("AccessDenied", 403), ("Throttling", 400), ("InternalFailure", 500)]
    codes += [(shape.error_code or shape.name, 400) for shape in model(service, name).error_shapes]
    messages = []
    for code, status in codes:
        response = protocol.error_response(
            "https://h", signed_name(service), AwsError(code, "No, <b>not</b> now", status)
        )
        messages.append((status, response.content))
    if service not in QUERY_SERVICES:
        members = {
            "__type": f"com.amazonaws#{codes[-1][0]}",
            "Message": "No",
            "Reason": "A_REASON",
            "reason": "x",
            "Id": 7,
        }
        messages.append((400, json.dumps(members).encode()))
    return messages


@pytest.mark.parametrize(("service", "name"), FAST, ids=str)
def test_an_error_has_the_response_that_botocore_raises(service: str, name: str) -> None:
    pages = list(product((300, 302, 403, 429, 502, 503), PAGES)) if (service, name) in SAMPLES else []
    for status, body in errors(service, name) + pages:
        [(_, response), (_, expected)] = both(service, name, {}, status, body)
        assert response == expected, (status, body)


@pytest.mark.parametrize("body", [*PAGES, b'"x"', b"{}", b"<a/>", b"[" * 9999])
@pytest.mark.parametrize(("service", "name"), SAMPLES)
def test_a_body_of_another_shape_has_the_same_result(service: str, name: str, body: bytes) -> None:
    [(_, result), (_, expected)] = both(service, name, {}, 200, body)
    assert result == expected


def test_a_request_from_a_lambda_function_has_its_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "audit")
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=ü")
    [(request, _), (expected, _)] = both("iam", "ListUsers", {}, 200, answer_body("iam", "ListUsers"))
    assert request == expected and "x-amzn-trace-id" in request[3]


@pytest.mark.parametrize(("service", "name"), [operation for operation in OPERATIONS if operation[0] in REST], ids=str)
def test_clients_of_botocore_send_the_requests_of_other_protocols(service: str, name: str) -> None:
    assert exchange(ASYNCIO).sessions.operations.find(service, name, "us-east-1") is None


@pytest.mark.parametrize(
    ("service", "name", "reason"),
    [
        ("kinesis", "SubscribeToShard", "an event stream"),
        ("cloudwatch", "PutMetricData", "compression"),
        ("servicediscovery", "DiscoverInstances", "a prefix of the host name"),
        ("dynamodb", "GetItem", "an endpoint of the account"),
        ("ec2", "RunInstances", "an idempotency token"),
        ("sts", "AssumeRoleWithWebIdentity", "no signature"),
        ("route53", "ListHostedZones", "REST"),
    ],
)
def test_a_trait_that_only_botocore_has_is_left_to_botocore(service: str, name: str, reason: str) -> None:
    operations: Operations = exchange(ASYNCIO).sessions.operations
    assert operations.find(service, name, "us-east-1") is None, reason
    assert exchange(BOTOCORE).sessions.uses_botocore
