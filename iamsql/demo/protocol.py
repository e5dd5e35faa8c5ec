"""The protocols of AWS: query (form in, XML out) for IAM, STS and EC2, JSON for the others, REST for S3.

botocore's output shapes are compiled into writers of responses, which leave out members that a shape does not have.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from iamsql.demo import rest_xml
from iamsql.demo.errors import QUERY_SERVICES, REST_XML_SERVICES, AwsError, access_denied_error
from iamsql.demo.pagination import TOKEN_MEMBERS, TOKEN_MEMBERS_BY_OPERATION

Writer = Callable[[Any], str]
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
# botocore's models of services that have another name in the signature.
MODEL_NAMES = {
    "access-analyzer": "accessanalyzer",
    "elasticfilesystem": "efs",
    "es": "opensearch",
    "ses": "sesv2",
    "sso": "sso-admin",
}
_LOADER, _LOADER_LOCK = Loader(), Lock()  # many threads need the first model at the same time, and only one may load it
CONTENT_TYPES = {True: "text/xml", False: "application/x-amz-json-1.1"}  # by whether the protocol is query


class Request(NamedTuple):
    """A request: the access key that signed it, region, service, operation, and its parameters as sorted pairs."""

    key_id: str
    region: str
    service: str
    operation: str
    params: tuple[tuple[str, Any], ...]


def read_request(request: Any) -> Request:
    """Read a prepared request of botocore."""
    # The credential scope of Signature Version 4: key ID, date, region, service, aws4_request.
    scope = (
        _serialize_scalar(request.headers.get("Authorization")).partition("Credential=")[2].partition(",")[0].split("/")
    )
    if len(scope) < 5:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    service, text, url = scope[3], _serialize_scalar(request.body), urlsplit(request.url)
    params: dict[str, Any] = dict(parse_qsl(url.query, keep_blank_values=True))
    if service == "s3" and rest_xml.is_control(url):
        service = "s3control"
        operation, params = _rest_operation(service, request.method, url.path, params)
        params |= {"AccountId": url.netloc.partition(".")[0]}
    elif service == "s3":
        operation, path = rest_xml.match_operation(request.method, url, params)
        params |= path
    elif service in QUERY_SERVICES:
        params = dict(parse_qsl(text, keep_blank_values=True))
        operation = params.pop("Action", "")
        params.pop("Version", "")
    else:
        params |= {name: freeze(value) for name, value in json.loads(text if text.startswith("{") else "{}").items()}
        operation = _serialize_scalar(request.headers.get("X-Amz-Target")).rpartition(".")[2]
        if not operation:
            operation, params = _rest_operation(service, request.method, url.path, params)
    return Request(scope[0], scope[2], service, operation, tuple(sorted(params.items())))


def _serialize_scalar(value: Any) -> str:
    return value.decode() if isinstance(value, bytes | bytearray) else str(value or "")


def _rest_operation(service: str, method: str, path: str, params: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the operation of a REST service, and `params` with the values in the path, such as POST /policy/{id}, by member."""
    for operation, verb, pattern in _rest_paths(service):
        if verb == method and (match := pattern.fullmatch(path)):
            shape = service_model(service).operation_model(operation).input_shape
            members = {str(member.serialization.get("name", name)): name for name, member in shape.members.items()}
            values = params | {name: unquote(value) for name, value in match.groupdict().items()}
            return operation, {members.get(name, name): value for name, value in values.items()}
    raise access_denied_error(service, f"{method} {path}")


@cache
def _rest_paths(service: str) -> list[tuple[str, str, re.Pattern[str]]]:
    """Return the operations of a REST service with the methods and patterns of their paths."""
    operations = map(service_model(service).operation_model, service_model(service).operation_names)
    return [
        (
            operation.name,
            operation.http["method"],
            re.compile(re.sub(r"{(\w+)\+?}", r"(?P<\1>[^/]+)", operation.http["requestUri"])),
        )
        for operation in operations
    ]


def freeze(value: Any) -> Any:
    """Return a JSON value as a hashable value: objects as tuples of sorted pairs, arrays as tuples."""
    if isinstance(value, dict):
        return tuple(sorted((name, freeze(item)) for name, item in value.items()))
    return tuple(map(freeze, value)) if isinstance(value, list) else value


def response_body(service: str, operation: str, result: Any) -> bytes:
    """Return the body of a response."""
    if service in QUERY_SERVICES:
        return _response_writer(service, operation)(result).encode()
    if service in REST_XML_SERVICES:
        return rest_xml.response_body(service_model(service).operation_model(operation), result)
    shape = service_model(service).operation_model(operation).output_shape
    if payload := shape.serialization.get("payload"):
        shape, result = shape.members[payload], result.get(payload, {})
    return json.dumps(_json_value(shape, result), separators=(",", ":")).encode()


def error_response(url: str, service: str, error: AwsError) -> AWSResponse:
    """Return the response for an error, in the form of the service's protocol."""
    code, message = escape(error.code), escape(error.message)
    if service == "ec2":
        text = f"<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors></Response>"
    elif service in QUERY_SERVICES:
        error_type = "Sender" if error.status < 500 else "Receiver"
        inner = f"<Error><Type>{error_type}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        text = f"<ErrorResponse>{inner}<RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
    else:
        text = json.dumps({"__type": error.code, "message": error.message})
    return make_response(url, service, error.status, text.encode())


def make_response(url: str, service: str, status: int, content: bytes) -> AWSResponse:
    """Return botocore's response with a body."""
    response = AWSResponse(
        url,
        status,
        {
            "Content-Type": CONTENT_TYPES[service in (*QUERY_SERVICES, *REST_XML_SERVICES)],
            "x-amzn-RequestId": REQUEST_ID,
        },
        None,
    )
    response._content = content  # AWSResponse reads `raw`, which is None here, only if this is not set
    return response


def _json_value(shape: Shape, value: Any) -> Any:
    """Return a value for JSON: times as seconds since 1970, and only members of the shape."""
    if shape.type_name == "structure":
        members = ((shape.members[name], name, item) for name, item in value.items() if name in shape.members)
        return {
            str(member.serialization.get("name", name)): _json_value(member, item) for member, name, item in members
        }
    if shape.type_name == "list":
        return [_json_value(shape.member, item) for item in value]
    if shape.type_name == "timestamp":
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).timestamp()
    return value


@cache
def page_token(service: str, operation: str) -> str:
    """Return the member of an operation's response that has the token of the next page, '' if there is none."""
    members = service_model(service).operation_model(operation).output_shape.members
    return next(
        (token for token in (*TOKEN_MEMBERS_BY_OPERATION.get(operation, ()), *TOKEN_MEMBERS) if token in members), ""
    )


def service_model(service: str) -> ServiceModel:
    """Return botocore's model of a service, by the name that requests are signed for."""
    with _LOADER_LOCK:
        return _load_model(service)


@cache
def _load_model(service: str) -> ServiceModel:
    return ServiceModel(_LOADER.load_service_model(MODEL_NAMES.get(service, service), "service-2"), service)


# Compiled once for each operation, because a sync reads many pages of it.
@cache
def _response_writer(service: str, operation: str) -> Writer:
    shape = service_model(service).operation_model(operation).output_shape
    if service == "ec2":
        return _compile_writer(shape, f"{operation}Response")
    tail = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>"
    inner = _compile_writer(shape, f"{operation}Result")
    return lambda result: f"<{operation}Response>{inner(result)}{tail}"


def _compile_writer(shape: Shape, tag: str) -> Writer:
    start, end = f"<{tag}>", f"</{tag}>"
    if shape.type_name == "structure":
        parts = [(name, _compile_writer(member, _element_name(member, name))) for name, member in shape.members.items()]
        return lambda value: (
            f"{start}{''.join([write(value[name]) for name, write in parts if value.get(name) is not None])}{end}"
        )
    if shape.type_name == "list":
        write_item = _compile_writer(shape.member, _element_name(shape.member, "member"))
        return lambda value: f"{start}{''.join(map(write_item, value))}{end}"
    if shape.type_name == "map":
        entry = "<entry><key>{}</key><value>{}</value></entry>"
        return lambda value: (
            f"{start}{''.join(entry.format(escape(key), escape(str(item))) for key, item in value.items())}{end}"
        )
    spell = SCALAR_WRITERS.get(shape.type_name, str)
    return lambda value: f"{start}{spell(value)}{end}"


def _element_name(shape: Shape, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _escape_xml(value: Any) -> str:
    """Return escaped text: policy documents URL-encoded, as in IAM; U+FFFD for control characters that XML does not allow."""
    text = quote(json.dumps(value, separators=(",", ":"))) if isinstance(value, dict | list) else str(value)
    clean = text if text.isprintable() else "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text)
    return escape(clean, {"\r": "&#13;"})


SCALAR_WRITERS: dict[str, Writer] = {
    "string": _escape_xml,
    "timestamp": lambda value: f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value),
    "boolean": lambda value: "true" if value else "false",
    "blob": lambda value: base64.b64encode(value).decode(),
}
