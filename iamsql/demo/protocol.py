"""The protocols of AWS: query (form in, XML out) for IAM, STS and EC2, JSON for the others, REST for S3.

Answers are written by botocore's output shapes, each compiled once into a writer: members that a shape lacks are left out.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse
from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

from iamsql.demo.errors import QUERY, AwsError

Writer = Callable[[Any], str]
REQUEST_ID = "00000000-0000-4000-8000-000000000000"
PATHS = {"GET /analyzer": "ListAnalyzers", "POST /finding": "ListFindings", "POST /findingv2": "ListFindingsV2"}
MODELS = {"access-analyzer": "accessanalyzer", "sso": "sso-admin"}
HOST = re.compile(r"(.+)\.s3[.-]")
TYPES = {True: "text/xml", False: "application/x-amz-json-1.1"}


class Request(NamedTuple):
    """A request: the access key that signed it, region, service, operation, and its parameters as sorted pairs."""

    key_id: str
    region: str
    service: str
    operation: str
    params: tuple[tuple[str, Any], ...]


def read(request: Any) -> Request:
    """Read a prepared request of botocore."""
    header = request.headers.get("Authorization") or ""
    header = header.decode() if isinstance(header, bytes) else header
    scope = header.partition("Credential=")[2].partition(",")[0].split("/")
    if len(scope) < 5:
        raise AwsError("MissingAuthenticationToken", "Request is missing Authentication Token", 403)
    service = scope[3]
    if service == "s3":
        operation, pairs = read_s3(request)
        return Request(scope[0], scope[2], service, operation, tuple(sorted(pairs.items())))
    body = request.body or b""
    text = body.decode() if isinstance(body, bytes | bytearray) else str(body)
    if service in QUERY:
        pairs = dict(parse_qsl(text, keep_blank_values=True))
        operation = pairs.pop("Action", "")
        pairs.pop("Version", "")
        return Request(scope[0], scope[2], service, operation, tuple(sorted(pairs.items())))
    target = request.headers.get("X-Amz-Target") or ""
    target = target.decode() if isinstance(target, bytes) else target
    found = json.loads(text) if text.startswith("{") else {}
    params = tuple(sorted((name, _freeze(value)) for name, value in found.items()))
    operation = target.rpartition(".")[2] or _operation(request.method, urlsplit(request.url).path)
    params += tuple(sorted(parse_qsl(urlsplit(request.url).query)))
    return Request(scope[0], scope[2], service, operation, params)


def _operation(method: str, path: str) -> str:
    """Name the operation of REST with JSON: by the path, such as POST /listRegions, or by method and path."""
    return PATHS.get(f"{method} {path}", path.strip("/")[:1].upper() + path.strip("/")[1:])


def service_of(url: str) -> str:
    """Name the service of a URL, for an answer to a request that cannot be understood."""
    host = url.partition("://")[2].partition("/")[0]
    names = ("organizations", "cloudtrail", "sts", "account", "ec2", "access-analyzer", "identitystore", "sso", "s3")
    return next((name for name in names if host.startswith(name) or (name == "s3" and ".s3." in host)), "iam")


def read_s3(request: Any) -> tuple[str, dict[str, str]]:
    """Return operation and parameters of a request to S3, its bucket in the host or in the path."""
    parts = urlsplit(request.url)
    pairs = dict(parse_qsl(parts.query, keep_blank_values=True))
    hosted = HOST.match(parts.netloc)
    path = unquote(parts.path).removeprefix("/")
    bucket, _, key = (hosted[1], "", path) if hosted else path.partition("/")
    found = {"Bucket": bucket} | ({"Key": key} if key else {})
    owner = request.headers.get("x-amz-expected-bucket-owner")
    if owner:
        found["ExpectedBucketOwner"] = owner.decode() if isinstance(owner, bytes) else owner
    if key:
        name = {"GET": "GetObject", "HEAD": "HeadObject"}.get(request.method, "")
    elif request.method == "GET":
        name = "ListObjectsV2" if pairs.get("list-type") == "2" else "GetBucketLocation" if "location" in pairs else ""
    else:
        name = "HeadBucket" if request.method == "HEAD" else ""
    return name or f"{request.method}{'&'.join(pairs)}", found | pairs


def _freeze(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((name, _freeze(one)) for name, one in value.items()))
    return tuple(map(_freeze, value)) if isinstance(value, list) else value


def body(service: str, operation: str, result: Any) -> bytes:
    """Write an answer's body."""
    if service in QUERY:
        return _writer(service, operation)(result).encode()
    shape = model(service).operation_model(operation).output_shape
    return json.dumps(_plain(shape, result), separators=(",", ":")).encode()


def refuse(url: str, service: str, refusal: AwsError) -> AWSResponse:
    """Wrap an error."""
    if service == "ec2":
        text = (
            f"<Response><Errors><Error><Code>{escape(refusal.code)}</Code><Message>{escape(refusal.message)}</Message>"
            f"</Error></Errors><RequestID>{REQUEST_ID}</RequestID></Response>"
        )
    elif service in QUERY:
        kind = "Sender" if refusal.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(refusal.code)}</Code>"
            f"<Message>{escape(refusal.message)}</Message></Error><RequestId>{REQUEST_ID}</RequestId></ErrorResponse>"
        )
    else:
        text = json.dumps({"__type": refusal.code, "message": refusal.message})
    response = respond(url, service, refusal.status, text.encode())
    if refusal.date:
        response.headers["Date"] = refusal.date
    return response


def respond(url: str, service: str, status: int, content: bytes) -> AWSResponse:
    """Make botocore's response around a finished body."""
    response = AWSResponse(url, status, {"Content-Type": TYPES[service in QUERY], "x-amzn-RequestId": REQUEST_ID}, None)
    response._content = content
    return response


def _plain(shape: Shape, value: Any) -> Any:
    """Return a value as JSON has it: times as seconds since 1970, and only members of the shape."""
    if shape.type_name == "structure":
        return {name: _plain(shape.members[name], item) for name, item in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [_plain(shape.member, item) for item in value]
    if shape.type_name == "timestamp":
        return (value if isinstance(value, datetime) else datetime.fromisoformat(value)).timestamp()
    return value


@cache
def model(service: str) -> ServiceModel:
    """Return botocore's model of a service, by the name that requests are signed for."""
    return ServiceModel(Loader().load_service_model(MODELS.get(service, service), "service-2"), service)


@cache
def _writer(service: str, operation: str) -> Writer:
    shape = model(service).operation_model(operation).output_shape
    if service == "ec2":
        whole = _compile(shape, f"{operation}Response")
        return lambda result: whole(result)
    tail = f"<ResponseMetadata><RequestId>{REQUEST_ID}</RequestId></ResponseMetadata></{operation}Response>"
    inner = _compile(shape, f"{operation}Result")
    head = f"<{operation}Response>"
    return lambda result: f"{head}{inner(result)}{tail}"


def _compile(shape: Shape, tag: str) -> Writer:
    start, end = f"<{tag}>", f"</{tag}>"
    if shape.type_name == "structure":
        parts = [(name, _compile(one, _tag(one, name))) for name, one in shape.members.items()]
        return lambda value: (
            f"{start}{''.join([write(value[name]) for name, write in parts if value.get(name) is not None])}{end}"
        )
    if shape.type_name == "list":
        each = _compile(shape.member, _tag(shape.member, "member"))
        return lambda value: f"{start}{''.join(map(each, value))}{end}"
    if shape.type_name == "map":
        return lambda value: (
            start
            + "".join(f"<entry><key>{escape(k)}</key><value>{escape(str(v))}</value></entry>" for k, v in value.items())
            + end
        )
    spell = SCALARS.get(shape.type_name, str)
    return lambda value: f"{start}{spell(value)}{end}"


def _tag(shape: Shape, name: str) -> str:
    return str(shape.serialization.get("name", name))


def _time(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else str(value)


def _text(value: Any) -> str:
    """Return escaped text: policy documents as IAM encodes them; U+FFFD for control characters that XML cannot hold."""
    text = quote(json.dumps(value, separators=(",", ":"))) if isinstance(value, dict | list) else str(value)
    clean = text if text.isprintable() else "".join(c if c >= " " or c in "\t\n\r" else "\ufffd" for c in text)
    return escape(clean, {"\r": "&#13;"})


SCALARS: dict[str, Writer] = {
    "string": _text,
    "timestamp": _time,
    "boolean": lambda value: "true" if value else "false",
    "blob": lambda value: base64.b64encode(value).decode(),
}
