"""Helpers of the AWS targets: errors with the next step, text within a limit of bytes, and the account and region of an ARN."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.aws.delivery import AWS_EXCEPTIONS, Clients, describe_error, describe_fault
from iamsql.escaping import printable

ARN_PATTERN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*):(?P<account>[0-9]{12}|):(?P<name>\S+)"
)
RETRY_DELAYS_SECONDS = (0.5, 1.0, 2.0, 4.0)  # seconds before each new attempt for the parts of a request that failed
STEPS_BY_FAULT = {
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
    match = ARN_PATTERN.fullmatch(text)
    return Arn(**match.groupdict()) if match and printable(text) == text else None


@contextmanager
def convert_aws_errors(permission: str, resource: str, hints: Mapping[str, str] | None = None) -> Iterator[None]:
    """Raise DeliveryError for an error of AWS: its code, message and request ID, and the next step on a second line.

    `permission` and `resource` are named if the request is denied. `hints` has the next step for codes of a service.
    """
    try:
        yield
    except AWS_EXCEPTIONS as error:
        fault, code = describe_fault(error)
        denied_step = f"Allow {permission} on {resource} in the policies of the credentials and of the resource."
        step = (
            (hints or {}).get(code)
            or STEPS_BY_CODE.get(code)
            or (denied_step if fault == "denied" else STEPS_BY_FAULT.get(fault))
        )
        raise DeliveryError(
            f"{printable(describe_error(error))}\n{step or 'Correct the target, and repeat the command.'}"
        ) from error


def affects_all_requests(error: DeliveryError) -> bool:
    """Return whether other requests would fail for the same reason: no connection, or credentials that are not valid."""
    cause = error.__cause__
    return isinstance(cause, AWS_EXCEPTIONS) and describe_fault(cause)[0] in (
        "transient",
        "expired",
        "rejected",
        "skewed",
    )


def digest(*parts: str) -> str:
    """Return the SHA-256 of some strings in their order, as 64 hexadecimal digits."""
    return sha256("\x1f".join(parts).encode(errors="replace")).hexdigest()


def fit_text(write: Callable[[int], str], limit: int, max_bytes: int) -> str:
    """Return the longest text of `size` bytes at most that `write` returns for a number of changes, `limit` at most."""
    text = write(limit)
    while len(text.encode(errors="replace")) > max_bytes and limit > 0:
        limit //= 2
        text = write(limit)
    return _cut_to_bytes(text, max_bytes)


def _cut_to_bytes(text: str, max_bytes: int) -> str:
    encoded = text.encode(errors="replace")
    return text if len(encoded) <= max_bytes else f"{encoded[: max_bytes - 4].decode(errors='ignore')}…\n"
