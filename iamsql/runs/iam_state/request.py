"""A write request of IAM, as a CloudTrail event records it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from iamsql.canonical_json import parse_unambiguous

Item = dict[str, Any]


class CannotApplyError(Exception):
    """A request that is not known, is incomplete or contradicts the state. The state after it is unknown."""


@dataclass(frozen=True)
class IamRequest:
    """A successful write request of IAM, with the names of parameters that CloudTrail records.

    Unless `is_settled`, a sync may have read the state with or without the request.
    """

    account_id: str
    event_id: str
    name: str
    time: datetime
    parameters: Item
    response: Item
    is_settled: bool = True

    @property
    def iso_time(self) -> str:
        """Return the time as AWS returns the time of a creation."""
        return f"{self.time:%Y-%m-%dT%H:%M:%SZ}"

    def text(self, name: str) -> str:
        """Return a request parameter. Raise CannotApplyError without it."""
        value = self.parameters.get(name)
        if not isinstance(value, str) or not value:
            raise CannotApplyError(f"it has no {name}")
        return value

    def document(self, name: str) -> Any:
        """Return a policy document of the request. Raise CannotApplyError for a document that the record does not have in full."""
        text = self.text(name)
        try:
            return parse_unambiguous(unquote(text) if text.lstrip().startswith("%") else text)
        except ValueError as error:
            raise CannotApplyError(f"its {name} is not valid JSON ({error})") from None

    @property
    def tags(self) -> list[Item]:
        """Return the tags of the request, as GetAccountAuthorizationDetails returns tags."""
        tags = self.parameters.get("tags")
        entries = tags if isinstance(tags, list) else []
        return [{"Key": tag.get("key"), "Value": tag.get("value")} for tag in entries if isinstance(tag, dict)]
