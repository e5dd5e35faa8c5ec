"""Remove secrets from text: the second line of defense of logs, whose records should contain none."""

from __future__ import annotations

import re

REDACTED = "[redacted]"
MIN_SECRET_CHARACTERS = 4  # characters of a value that is hidden: shorter ones occur in other words
# Environment variables whose values are secrets.
SECRET_VARIABLES = (
    "AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_CONTAINER_AUTHORIZATION_TOKEN IAMSQL_EXTERNAL_ID"
).split()
_SENSITIVE_NAME_PATTERN = (
    r"aws_secret_access_key|aws_session_token|secret_?access_?key|session_?token|security_?token|x-amz-security-token|"
    r"x-amz-signature|x-amz-credential|signature|authorization|external_?id|password|client_?secret|api_?key"
)
_ACCESS_KEY_VALUE_PATTERN = r"(?=[a-z0-9+/]*[A-Z])(?=[A-Z0-9+/]*[a-z])(?=[A-Za-z+/]*\d)[A-Za-z0-9+/]{40}"
_PATTERNS = (
    (re.compile(r"AWS4-HMAC-SHA256.{0,1000}?Signature=\w+", re.DOTALL), REDACTED),
    # A name and its value: in JSON, XML, headers, query strings, TOML and Python.
    (
        re.compile(
            rf"\b({_SENSITIVE_NAME_PATTERN})(\\?[\"']?\s*[:=>]\s*\\?[\"']?)(?:Basic |Bearer )?[^\s\"'<>,;&}}\\]+",
            re.IGNORECASE,
        ),
        rf"\1\2{REDACTED}",
    ),
    # The path of a webhook is its secret, and the query of a presigned URL has a signature: the host remains.
    (
        re.compile(r"\b(https?://)(?:[^\s/@\"'<>]*@)?([^\s/?#\"'<>]+)[/?][^\s\"'<>)]+", re.IGNORECASE),
        rf"\1\2/{REDACTED}",
    ),
    (re.compile(r"\b(https?://)[^\s/@\"'<>]+@", re.IGNORECASE), r"\1"),
    # A session token is base64 of hundreds of characters. A secret access key has forty, of three classes.
    (re.compile(r"[A-Za-z0-9+/]{100,}={0,2}"), REDACTED),
    (re.compile(rf"(?<![A-Za-z0-9+/=]){_ACCESS_KEY_VALUE_PATTERN}(?![A-Za-z0-9+/=])"), REDACTED),
)
_HARMLESS_PATTERN = re.compile(
    r"[\w. -]{,39}", re.ASCII
)  # too short for a key, and without the sign between a name and its value
_hidden: tuple[str, ...] = ()  # the longest first


def hide_values(*values: str | None) -> None:
    """Let `redact` remove values of at least four characters wherever they occur."""
    global _hidden
    new_values = {value for value in values if value and len(value) >= MIN_SECRET_CHARACTERS}
    if new_values.difference(_hidden):  # a new tuple, because another thread may read the present one
        _hidden = tuple(sorted(new_values.union(_hidden), key=len, reverse=True))


def forget_values() -> None:
    """Forget the values of `hide_values`."""
    global _hidden
    _hidden = ()


def redact(text: str) -> str:
    """Return the text without hidden values, and without what looks like a credential, a signature or a webhook URL."""
    for value in _hidden:
        text = text.replace(value, REDACTED)
    if _HARMLESS_PATTERN.fullmatch(text):  # most fields: account IDs, regions, names of operations
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
