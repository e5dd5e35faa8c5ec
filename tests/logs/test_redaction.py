"""What looks like a credential, a signature or a webhook is removed; what people search a log for stays."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from iamsql.logs.redaction import forget_values, hide_values, redact

KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
TOKEN = "IQoJb3JpZ2luX2VjEAoaCXVzLWVhc3QtMSJHMEUCIQD" + "Aq9+/" * 60 + "=="


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    yield
    forget_values()


@pytest.mark.parametrize(
    "text",
    [
        f"aws_secret_access_key = {KEY}",
        json.dumps({"Credentials": {"SecretAccessKey": "s3cr3t", "SessionToken": "s3cr3t/more"}}),
        json.dumps(json.dumps({"SecretAccessKey": "s3cr3t"})),
        str({"SessionToken": "s3cr3t"}),
        "<SecretAccessKey>s3cr3t</SecretAccessKey><SessionToken>s3cr3t</SessionToken>",
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA/20260301/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=s3cr3t",
        "Authorization: Bearer s3cr3t",
        "x-amz-security-token: s3cr3t",
        "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A&X-Amz-Signature=s3cr3t",
        "?X-Amz-Signature=s3cr3t&x=1",
        "https://hooks.slack.com/services/T000/B000/s3cr3t",
        "https://user:s3cr3t@proxy.example.com:8080",
        "https://user:s3cr3t@proxy.example.com:8080/path",
        "ExternalId='s3cr3t'",
        'external_id = "s3cr3t"',
        "password: s3cr3t",
    ],
)
def test_a_secret_is_removed(text: str) -> None:
    assert "s3cr3t" not in redact(text) and KEY not in redact(text) and redact(text) != text


@pytest.mark.parametrize("text", [f"the key {KEY}, and", f"({KEY})", TOKEN, f"token={TOKEN}."])
def test_a_key_or_token_without_a_name_is_removed(text: str) -> None:
    redacted = redact(text)
    assert KEY not in redacted and TOKEN[:60] not in redacted and "[redacted]" in redacted


@pytest.mark.parametrize(
    "text",
    [
        "User: arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Auditor_0123456789abcdef/demo@example.com is not authorized",
        "AKIAIOSFODNN7EXAMPLE",
        "5b3c1f2e-8a7d-4c6b-9e0f-1a2b3c4d5e6f",
        "e83c5163316f89bfbde7d9ab23ca2e25604af290",  # a commit
        'Could not connect to the endpoint URL: "https://iam.amazonaws.com/"',
        "AWSLogs/o-demo123456/111122223333/CloudTrail/us-east-1/2026/03/01/111122223333_CloudTrail_us-east-1_20260301T0000Z_a.json.gz",
        "SignatureDoesNotMatch: The request signature we calculated does not match the signature you provided.",
        "iam:GetAccountPasswordPolicy: denied",
        "select * from aws_iam_user where name = 'x'",
    ],
)
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


def test_the_host_of_a_webhook_stays() -> None:
    assert redact("POST https://hooks.slack.com/services/T0/B0/x: 404") == "POST https://hooks.slack.com/[redacted] 404"
    assert redact("http://127.0.0.1:8080") == "http://127.0.0.1:8080"


def test_hidden_values_are_removed_wherever_they_are() -> None:
    hide_values("acme-audit", "acme-audit-2", None, "", "abc")
    assert redact("value 'acme-audit-2' of acme-audit, abc") == "value '[redacted]' of [redacted], abc"
    forget_values()
    assert redact("acme-audit") == "acme-audit"
