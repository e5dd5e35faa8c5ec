"""Helpers of the AWS targets: errors with the next step, text within a limit of bytes, and the account and region of an ARN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.aws.delivery import FAILURES, Clients, failure, fault_of
from iamsql.escaping import printable

ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}|):(?P<name>\S+)"
)
PAUSES = (0.5, 1.0, 2.0, 4.0)  # seconds before each new attempt for the parts of a request that failed
NEXT_STEPS = {
    "expired": "Renew the credentials, or choose others with --profile.",
    "rejected": "Renew the credentials, or choose others with --profile.",
    "throttled": "Repeat the command later: it sends what is missing.",
    "transient": "Repeat the command later: it sends what is missing.",
    "skewed": "Set the clock of this machine.",
}
STEPS_BY_CODE = {"NoCredentialsError": "Set AWS_PROFILE or --profile."}


class AwsTarget:
    """The base class of the targets that send requests to AWS."""

    context: TargetContext

    @cached_property
    def clients(self) -> Clients:
        """Return the clients of the session, which is loaded when the target first needs AWS."""
        clients: Clients = self.context.clients()
        return clients

    def check(self) -> None:
        """Raise IamsqlError if no credentials are configured."""
        self.clients.require_credentials()


@dataclass(frozen=True)
class Arn:
    """The parts of an ARN; `name` is everything after the account."""

    partition: str
    service: str
    region: str
    account: str
    name: str


def parse_arn(text: str) -> Arn | None:
    """Return the parts of an ARN, or None if the text is not one."""
    match = ARN.fullmatch(text)
    return Arn(**match.groupdict()) if match and printable(text) == text else None


@contextmanager
def delivering(permission: str, resource: str, hints: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise DeliveryError for an error of AWS: its code, message and request ID, and the next step on a second line.

    `permission` and `resource` are named if the request is denied. `hints` has the next step for codes of a service.
    """
    try:
        yield
    except FAILURES as error:
        fault, code = fault_of(error)
        denied = f"Allow {permission} on {resource} in the policies of the credentials and of the resource."
        step = (
            (hints or {}).get(code)
            or STEPS_BY_CODE.get(code)
            or (denied if fault == "denied" else NEXT_STEPS.get(fault))
        )
        raise DeliveryError(
            f"{printable(failure(error))}\n{step or 'Correct the target, and repeat the command.'}"
        ) from error


def concerns_all(error: DeliveryError) -> bool:
    """Return whether other requests would fail for the same reason: no connection, or credentials that are not valid."""
    cause = error.__cause__
    return isinstance(cause, FAILURES) and fault_of(cause)[0] in ("transient", "expired", "rejected", "skewed")


def digest(*parts: str) -> str:
    """Return the SHA-256 of some strings in their order, as 64 hexadecimal digits."""
    return sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()


def fitting(write: Callable[[int], str], limit: int, size: int) -> str:
    """Return the longest text of `size` bytes at most that `write` returns for a number of changes, `limit` at most."""
    text = write(limit)
    while len(text.encode(errors="replace")) > size and limit > 0:
        limit //= 2
        text = write(limit)
    return _cut_to_bytes(text, size)


def _cut_to_bytes(text: str, size: int) -> str:
    encoded = text.encode(errors="replace")
    return text if len(encoded) <= size else f"{encoded[: size - 4].decode(errors='ignore')}…\n"
