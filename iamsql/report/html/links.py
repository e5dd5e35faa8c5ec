"""Addresses on the page, which are fragments: `#principal=ARN`, `#control=NAME`."""

from __future__ import annotations

from urllib.parse import urlencode


def principal_link(arn: str) -> str:
    """Return the address of a user or role."""
    return f"#{urlencode({'principal': arn})}"


def control_link(name: str) -> str:
    """Return the address of a control."""
    return f"#{urlencode({'control': name})}"


def findings_link(control: str) -> str:
    """Return the address of the findings of a control."""
    return f"#{urlencode({'findings.control': control, 'section': 'findings'})}"
