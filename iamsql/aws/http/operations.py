"""The HTTP requests and responses of operations, with botocore's serializers and parsers but without its clients and events.

A client of botocore spends most of the time of a request in its event system and in copies of headers. What its event
handlers change in the requests and responses of these operations is done here: `test_operations` compares both.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.handlers import json_decode_policies
from botocore.model import OperationModel, ServiceModel, Shape
from botocore.serialize import create_serializer

from iamsql.aws.data_files import load_description
from iamsql.aws.http.endpoints import Endpoint, EndpointResolver
from iamsql.aws.http.messages import HttpRequest, HttpResponse
from iamsql.aws.http.responses import check_members
from iamsql.aws.http.signature import signature_headers

POLICY_SHAPE_NAME = "policyDocumentType"  # the name of the shape in the model of IAM
SUPPORTED_PROTOCOLS = ("query", "ec2", "json")  # each operation is a POST request to the URL of the endpoint


class Operation:
    """An operation in one region: makes its requests and reads its responses."""

    def __init__(self, model: OperationModel, endpoint: Endpoint, serializer: Any, parser: Any) -> None:
        """Use the endpoint of the region, and a serializer and a parser of botocore for the protocol."""
        self._model, self._endpoint, self._serializer, self._parser = model, endpoint, serializer, parser
        is_iam = model.service_model.service_name == "iam"
        self._has_policies = is_iam and model.output_shape is not None and _has_policies(model.output_shape, set())

    def request(self, params: dict[str, Any], credentials: Any) -> HttpRequest:
        """Return the signed request for the parameters of a call. `credentials` are frozen credentials of botocore."""
        serialized = self._serializer.serialize_to_request(params, self._model)
        headers, body = serialized["headers"], serialized["body"]
        if isinstance(body, dict):
            body = "&".join([f"{_quote_name(name)}={quote_plus(str(value))}" for name, value in body.items()]).encode()
        headers |= signature_headers(self._endpoint.scope, headers, body, credentials, time.time())
        headers["User-Agent"] = self._endpoint.user_agent
        headers["amz-sdk-invocation-id"] = str(uuid.uuid4())
        headers["amz-sdk-request"] = "attempt=1; max=1"
        headers["Content-Length"] = str(len(body))
        if trace := _trace_header():
            headers["X-Amzn-Trace-Id"] = trace
        return HttpRequest(self._endpoint.url, headers, body)

    def read(self, response: HttpResponse) -> dict[str, Any]:
        """Return the members of a response.

        Raise ClientError for an error of AWS, with the response that botocore's clients have in it, MalformedResponseError for a
        response of another operation, and ResponseParserError for a body that cannot be parsed.
        """
        model, is_error = self._model, response.status >= 300
        content = {
            "headers": response.headers,
            "status_code": response.status,
            "body": response.body,
            "context": {"operation_name": model.name},
        }
        parsed: dict[str, Any] = self._parser.parse(content, model.output_shape)
        if is_error:
            code = parsed.get("Error", {}).get("Code")
            shape = model.service_model.shape_for_error_code(code) if code is not None else None
            if shape is not None:
                parsed.update(self._parser.parse(content, shape))
        # A client of botocore also makes one attempt, and adds the same to each response.
        parsed["ResponseMetadata"] |= {"MaxAttemptsReached": True, "RetryAttempts": 0}
        if self._has_policies:
            json_decode_policies(parsed, model)
        if is_error:
            raise ClientError(parsed, model.name)
        check_members(model, parsed, response.body)
        return parsed


class Operations:
    """The operations of all services and regions of a session, each created when it is first needed."""

    def __init__(self, core: Any, config: Config) -> None:
        """Use a botocore session, and the configuration that its clients have."""
        self._core, self._endpoints = core, EndpointResolver(core, config)
        self._services: dict[str, ServiceModel] = {}
        self._protocols: dict[str, tuple[Any, Any]] = {}
        self._resolved_endpoints: dict[tuple[str, str], Endpoint | None] = {}
        self._operations: dict[tuple[str, str, str], Operation | None] = {}
        self._lock = threading.Lock()

    def is_loaded(self, service: str, region: str) -> bool:
        """Return whether `find` neither reads a file nor resolves an endpoint for a service and region."""
        return (service, region) in self._resolved_endpoints

    def load(self, service: str, region: str) -> bool:
        """Load the model of a service and resolve its endpoint; return whether `find` may have operations of the service.

        A model takes some milliseconds; the model of EC2 takes fifty. Raise ValueError for an invalid URL, and BotoCoreError.
        """
        key = (service, region)
        with self._lock:  # many threads need the first model at the same time
            if key not in self._resolved_endpoints:
                model = self._services.get(service)
                if model is None:
                    description = load_description(self._core.get_component("data_loader"), service, "service-2")
                    model = self._services[service] = ServiceModel(description, service)
                is_known = model.resolved_protocol in SUPPORTED_PROTOCOLS
                self._resolved_endpoints[key] = self._endpoints.resolve(model, region) if is_known else None
            return self._resolved_endpoints[key] is not None

    def find(self, service: str, name: str, region: str) -> Operation | None:
        """Return an operation; None if a client of botocore has to make the request. Raise the errors of `load`."""
        key = (service, name, region)
        if key not in self._operations:
            self.load(service, region)
            self._operations[key] = self._create_operation(service, name, self._resolved_endpoints[service, region])
        return self._operations[key]

    def _create_operation(self, service: str, name: str, endpoint: Endpoint | None) -> Operation | None:
        if endpoint is None:
            return None
        model = self._services[service].operation_model(name)
        if _needs_botocore(model):
            return None
        protocol = model.service_model.resolved_protocol
        if protocol not in self._protocols:
            parsers = self._core.get_component("response_parser_factory")
            self._protocols[protocol] = create_serializer(protocol, False), parsers.create_parser(protocol)
        return Operation(model, endpoint, *self._protocols[protocol])


def _needs_botocore(model: OperationModel) -> bool:
    """Return whether an operation has a trait that needs more than a serializer, a signature and a parser."""
    return bool(
        model.http.get("method", "POST") != "POST"
        or model.http.get("requestUri", "/") != "/"
        or model.endpoint  # a prefix of the host name
        or model.has_streaming_input
        or model.has_streaming_output
        or model.has_event_stream_input
        or model.has_event_stream_output
        or model.http_checksum
        or model.http_checksum_required
        or model.request_compression
        or model.idempotent_members  # parameters that botocore fills with random values
        or model.is_endpoint_discovery_operation
        or model.endpoint_discovery
        or model.resolved_auth_type not in (None, "v4")
        or model.unsigned_payload
    )


def _has_policies(shape: Shape, seen: set[str]) -> bool:
    """Return whether a shape contains a policy document, which IAM sends URL-encoded."""
    if shape.name in seen:
        return False
    seen.add(shape.name)
    members = list(shape.members.values()) if shape.type_name == "structure" else []
    members += [shape.member] if shape.type_name == "list" else []
    return shape.name == POLICY_SHAPE_NAME or any(_has_policies(member, seen) for member in members)


_quote_name = lru_cache(maxsize=1024)(quote_plus)  # of the names of parameters, which are few


def _trace_header() -> str:
    """Return the header X-Amzn-Trace-Id of a Lambda function; '' elsewhere. AWS detects recursion with it."""
    trace = os.environ.get("_X_AMZN_TRACE_ID", "") if "AWS_LAMBDA_FUNCTION_NAME" in os.environ else ""
    return quote(trace, safe="-=;:+&[]{}\"',")
