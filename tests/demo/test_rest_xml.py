"""Operations of S3 and S3 Control by their URLs, and their responses in XML."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from iamsql.demo.protocol import service_model
from iamsql.demo.rest_xml import is_control, match_operation, response_body


@pytest.mark.parametrize(
    ("method", "url", "params", "operation", "path"),
    [
        ("GET", "https://s3.eu-west-1.amazonaws.com/", {}, "ListBuckets", {}),
        ("GET", "https://b.s3.amazonaws.com/", {"list-type": "2"}, "ListObjectsV2", {"Bucket": "b"}),
        ("GET", "https://b.s3.amazonaws.com/", {"policy": ""}, "GetBucketPolicy", {"Bucket": "b"}),
        ("GET", "https://b.s3.amazonaws.com/a%2Fb/c", {}, "GetObject", {"Bucket": "b", "Key": "a/b/c"}),
        ("PUT", "https://b.s3.amazonaws.com/k", {}, "PutObject", {"Bucket": "b", "Key": "k"}),
        ("GET", "https://b.s3.amazonaws.com/", {"tagging": ""}, "GETtagging", {"Bucket": "b"}),
    ],
)
def test_a_url_has_an_operation(
    method: str, url: str, params: dict[str, Any], operation: str, path: dict[str, str]
) -> None:
    assert match_operation(method, urlsplit(url), params) == (operation, path)
    assert "policy" not in params


def test_s3_control_is_another_host() -> None:
    assert is_control(urlsplit("https://111122223333.s3-control.eu-west-1.amazonaws.com/v20180820/x"))
    assert not is_control(urlsplit("https://s3-control-logs.s3.amazonaws.com/"))


def test_a_payload_is_the_body_and_other_members_are_elements() -> None:
    s3 = service_model("s3")
    policy = '{"Statement": "<&>"}'
    assert response_body(s3.operation_model("GetBucketPolicy"), {"Policy": policy}) == policy.encode()
    block = response_body(
        s3.operation_model("GetPublicAccessBlock"), {"PublicAccessBlockConfiguration": {"BlockPublicAcls": True}}
    )
    assert block == (
        b"<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>"
    )
    grant = {"Grantee": {"Type": "Group", "URI": "http://x?a&b"}, "Permission": "READ"}
    acl = response_body(s3.operation_model("GetBucketAcl"), {"Grants": [grant]}).decode()
    assert 'xsi:type="Group"' in acl and "<URI>http://x?a&amp;b</URI>" in acl and "<Grant>" in acl
