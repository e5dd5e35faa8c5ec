"""The text of a Terraform module."""

from __future__ import annotations


def whole(files: dict[str, str]) -> str:
    """Return the text of all files."""
    return "\n".join(files.values())
