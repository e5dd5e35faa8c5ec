"""The responses of S3 and S3 Control in REST and XML, and the operations of their requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import SplitResult, unquote
from xml.sax.saxutils import escape, quoteattr

from botocore.model import OperationModel, Shape

Writer = Callable[[Any], str]
XSI_NAMESPACE = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
# The operations that are GET requests with one name in the query string.
BUCKET_OPERATIONS = {
    "acl": "GetBucketAcl",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    "publicAccessBlock": "GetPublicAccessBlock",
}


def is_control(url: SplitResult) -> bool:
    """Return whether a URL is of S3 Control, whose requests are signed for S3."""
    return ".s3-control." in url.netloc


def match_operation(method: str, url: SplitResult, params: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """Return the operation of a request to S3, and its bucket, which is in the host name, and key. Remove it from `params`."""
    bucket, key = url.netloc.partition(".s3")[0], unquote(url.path).removeprefix("/")
    if url.netloc.startswith("s3."):
        return "ListBuckets", {}
    if key:
        return f"{method.capitalize()}Object", {"Bucket": bucket, "Key": key}
    subresource = next((name for name in params if name in BUCKET_OPERATIONS), "")
    if method == "GET" and subresource:
        del params[subresource]
        return BUCKET_OPERATIONS[subresource], {"Bucket": bucket}
    return "ListObjectsV2" if params.get("list-type") == "2" else f"{method}{'&'.join(params)}", {"Bucket": bucket}


def response_body(operation: OperationModel, result: Any) -> bytes:
    """Return the body of a response: the member that is the payload, or all members in an element."""
    shape = operation.output_shape
    payload = shape.serialization.get("payload")
    if payload is None:
        return _element_writer(shape, f"{operation.name}Result")(result).encode()
    member, value = shape.members[payload], result[payload]
    if member.type_name == "structure":
        return _element_writer(member, str(member.serialization.get("name", payload)))(value).encode()
    return str(value).encode()


@cache
def _element_writer(shape: Shape, tag: str) -> Writer:
    """Return the function that writes a value of a shape as an element."""
    if shape.type_name == "structure":
        return _structure_writer(shape, tag)
    if shape.type_name == "list":
        is_flat = shape.serialization.get("flattened")
        write_item = _element_writer(
            shape.member, tag if is_flat else str(shape.member.serialization.get("name", "member"))
        )
        return lambda items: (
            "".join(map(write_item, items)) if is_flat else f"<{tag}>{''.join(map(write_item, items))}</{tag}>"
        )
    if shape.type_name == "boolean":
        return lambda value: f"<{tag}>{str(value).lower()}</{tag}>"
    return lambda value: f"<{tag}>{escape(str(value))}</{tag}>"


def _structure_writer(shape: Shape, tag: str) -> Writer:
    members = [(name, member, str(member.serialization.get("name", name))) for name, member in shape.members.items()]
    attributes = [(name, inner) for name, member, inner in members if member.serialization.get("xmlAttribute")]
    elements = [
        (name, _element_writer(member, inner))
        for name, member, inner in members
        if not member.serialization.get("xmlAttribute")
    ]

    def write(value: Any) -> str:
        xml_attributes = [
            f" {XSI_NAMESPACE} {inner}={quoteattr(value[name])}" for name, inner in attributes if name in value
        ]
        content = "".join(write_member(value[name]) for name, write_member in elements if value.get(name) is not None)
        return f"<{tag}{''.join(xml_attributes)}>{content}</{tag}>"

    return write
