"""How to get in: the caller's own credentials, one hop where the organization needs it, one role in each account.

All accounts share one client a service and region. What signs a request is whoever is entered in the thread that makes
it, so that an account costs neither a client nor a connection of its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, NoCredentialsError, ProfileNotFound, UnknownRegionError

from iamsql.aws.response_limits import BoundedSession
from iamsql.aws.validate import whole
from iamsql.model import IamsqlError

THREADS = 64
# The region in which each partition's IAM is signed for and its CloudTrail events lie (botocore's endpoint data; that
# the events lie there outside `aws` is inferred from it).
HOME = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1", "aws-eusc": "eusc-de-east-1"}
EARLY = 120.0  # seconds before their end at which a role's credentials are renewed
Send = Callable[..., Any]


@dataclass
class AssumedSession:
    """An account that can be read: whose credentials sign, until when (epoch seconds, None for the caller's own).

    `by` is who assumed the role, and assumes it again; `policy` is the session policy, which a renewed session has too.
    """

    account_id: str
    credentials: Any = field(repr=False)
    role_arn: str = ""
    expires: float | None = None
    user_id: str = ""
    assumed_by: AssumedSession | None = None
    policy: str | None = field(default=None, repr=False)

    def expires_soon(self) -> bool:
        """Tell whether the credentials should be renewed before the next request."""
        return self.expires is not None and time.time() > self.expires - EARLY


class _Current(threading.local):
    entered: AssumedSession | None = None


class _Signer(Credentials):  # type: ignore[misc]
    """Credentials that are those of the account entered in the present thread."""

    def __init__(self) -> None:
        super().__init__("", "")
        self.current = _Current()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        entered = self.current.entered
        if entered is None or entered.credentials is None:
            raise NoCredentialsError
        return entered.credentials.get_frozen_credentials()


class SessionFactory:
    """The caller's session and the clients made from it; `send` answers requests instead of the network (demo, tests)."""

    def __init__(self, profile: str | None = None, send: Send | None = None, credentials: tuple[str, ...] = ()) -> None:
        """Open the profile; raise IamsqlError when it does not exist or cannot be read."""
        try:
            session = _session(profile, credentials)
            self.own = AssumedSession("", session.get_credentials())
            self.region = session.region_name or HOME["aws"]  # where STS is asked, until it turns out inactive there
        except ProfileNotFound as error:
            raise IamsqlError(f"{error}.\n`aws configure list-profiles` shows those there are.") from error
        except BotoCoreError as error:
            raise IamsqlError(f"The credentials cannot be read: {error}") from error
        if self.own.credentials is None:
            raise IamsqlError("No AWS credentials found.\nSet AWS_PROFILE or --profile, or try `iamsql sync --demo`.")
        self._signer = _Signer()
        self._core = session._session
        self._core._credentials = self._signer
        self._core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=iso)
        events = self._core.get_component("event_emitter")
        events.register("after-call", whole)
        if send:
            events.register("before-send", send)
        self._made_up = send is not None
        self._clients: dict[tuple[str, str], Any] = {}
        self._making = threading.Lock()

    def client(self, service: str, region: str) -> Any:
        """Give the one client of a service and region."""
        key = (service, region)
        if key not in self._clients:
            with self._making:
                retries = {"mode": "standard", "total_max_attempts": 1}
                config = Config(
                    retries=retries,
                    max_pool_connections=THREADS,
                    connect_timeout=10,
                    read_timeout=60,
                    user_agent_appid="iamsql",
                    parameter_validation=False,
                    ignore_configured_endpoint_urls=self._made_up,
                )
                client = self._core.create_client(service, region_name=region, config=config)
                client._endpoint.http_session = BoundedSession(client._endpoint.http_session)
                self._clients[key] = client
        return self._clients[key]

    @property
    def home(self) -> str:
        """Return the region of the session's partition in which STS is always active."""
        try:
            partition = str(self._core.get_partition_for_region(self.region))
        except UnknownRegionError:
            return HOME["aws"]
        listed = self._core.get_component("data_loader").load_data("partitions")["partitions"]
        implicit = {one["id"]: str(one["outputs"]["implicitGlobalRegion"]) for one in listed}
        return HOME.get(partition) or implicit.get(partition, self.region)

    def regions(self, partition: str) -> list[str]:
        """List the partition's regions as botocore knows them."""
        return sorted(self._core.get_available_regions("cloudtrail", partition))

    def warm(self, services: Sequence[str], region: str) -> None:
        """Make clients before they are needed: each reads its service's model, which takes some tens of milliseconds."""
        for service in services:
            self.client(service, region)

    @contextmanager
    def inside(self, entered: AssumedSession) -> Iterator[None]:
        """Let the requests of this thread be signed by `entered`."""
        before, self._signer.current.entered = self._signer.current.entered, entered
        try:
            yield
        finally:
            self._signer.current.entered = before


def _session(profile: str | None, credentials: tuple[str, ...]) -> Any:
    """Open the caller's session; with credentials given, whatever profile the environment names."""
    if not credentials:
        return boto3.Session(profile_name=profile)
    plain = botocore.session.Session(session_vars={"profile": (None, None, None, None)})
    return boto3.Session(*credentials, botocore_session=plain)


def assumed_session(
    by: AssumedSession, role_arn: str, answer: dict[str, Any], policy: str | None = None
) -> AssumedSession:
    """Make what AssumeRole answered into a way in; the secrets live in it only."""
    keys = answer["Credentials"]
    held = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    expires = datetime.fromisoformat(iso(keys["Expiration"]).replace("Z", "+00:00")).timestamp()
    user = answer.get("AssumedRoleUser", {}).get("AssumedRoleId", "")
    return AssumedSession(role_arn.split(":")[4], held, role_arn, expires, user, by, policy)


def iso(value: Any) -> str:
    """Give a time of the wire as ISO text: XML has it so already, JSON has seconds since 1970."""
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return value
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(float(value)))
    fraction = f"{float(value) % 1:.3f}"[1:]
    return whole + ("" if fraction in (".000", ".0") or fraction.startswith("1") else fraction) + "Z"
