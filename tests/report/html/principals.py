"""The users and roles that the page has."""

from __future__ import annotations

from urllib.parse import quote

DEPLOY = "arn:aws:iam::666677778888:user/ci/deploy"


def address_of(arn: str) -> str:
    """Return the address of a principal."""
    return f"#principal={quote(arn, safe='')}"
