"""What a service of the made-up organization answers, by operation: whole answers, and lists that are cut into pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iamsql.demo.errors import AwsError
from iamsql.demo.people import Site

Item = dict[str, Any]
Params = dict[str, Any]
Single = Callable[[Site, str, Params], Item]
Source = Callable[[Site, str, Params], Sequence[Any]]


@dataclass(frozen=True)
class Service:
    """A service: `singles` by operation, `lists` by operation with the member; `page` is the demo's small page.

    Each is asked by an account in a region with parameters. `token` is how the service spells the next page's.
    """

    singles: dict[str, Single] = field(default_factory=dict)
    lists: dict[str, tuple[str, Source]] = field(default_factory=dict)
    page: int = 0
    token: str = "NextToken"  # noqa: S105


def missing(what: str) -> AwsError:
    """Make the answer to a question about what is not there."""
    return AwsError("ResourceNotFoundException", f"The {what} does not exist.", 404)
