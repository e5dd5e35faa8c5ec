"""Sessions in accounts: the caller's credentials, and the roles that are assumed with them.

All accounts share botocore's clients, and the operations of a service and region. A client signs with the session of the current
thread, so accounts need no clients or connections of their own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound, UnknownRegionError
from botocore.parsers import ResponseParserError

from iamsql.aws.data_files import PlainFileLoader
from iamsql.aws.errors import MalformedResponseError
from iamsql.aws.http.operations import Operations
from iamsql.aws.http.responses import LimitedSession, check_response, check_xml
from iamsql.aws.partitions import HOME_REGIONS
from iamsql.aws.timestamps import iso_time
from iamsql.model import IamsqlError

MAX_THREADS = 64
RENEW_BEFORE = 120.0  # seconds before its expiration at which a role's session is renewed
Send = Callable[..., Any]


@dataclass
class AccountSession:
    """A session in an account: the credentials that sign, and when they expire (epoch seconds; None for the caller's own).

    `assumed_by` assumed the role and renews the session, with the same external ID and session policy.
    """

    account_id: str
    credentials: Any = field(repr=False)
    role_arn: str = ""
    expires: float | None = None
    user_id: str = ""
    assumed_by: AccountSession | None = None
    policy: str | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)

    def expires_soon(self) -> bool:
        """Return whether to renew the session before the next request."""
        return self.expires is not None and time.time() > self.expires - RENEW_BEFORE


class _Session(botocore.session.Session):  # type: ignore[misc]
    """A session that registers botocore's event handlers, which takes 15 ms, when it creates its first client."""

    def __init__(self, **options: Any) -> None:
        super().__init__(include_builtin_handlers=False, **options)
        self._has_handlers, self._registering = False, threading.Lock()

    def create_client(self, *arguments: Any, **options: Any) -> Any:
        with self._registering:  # the providers of credentials create clients in any thread
            if not self._has_handlers:
                self._register_builtin_handlers(self._events)
                self._has_handlers = True
        return super().create_client(*arguments, **options)


class _ThreadCredentials(Credentials):  # type: ignore[misc]
    """The credentials of the session that is set in the present thread."""

    def __init__(self) -> None:
        super().__init__("", "")
        self.current = threading.local()

    def get_frozen_credentials(self) -> ReadOnlyCredentials:
        session = getattr(self.current, "session", None)
        if session is None or session.credentials is None:
            raise NoCredentialsError
        return session.credentials.get_frozen_credentials()


class SessionFactory:
    """The caller's session, and the operations and clients made from it.

    `send` answers requests instead of the network (demo, tests). With `uses_botocore`, clients of botocore send all
    requests, otherwise only those that are not in `operations`.
    """

    def __init__(
        self,
        profile: str | None = None,
        send: Send | None = None,
        credentials: tuple[str, ...] = (),
        *,
        requires_credentials: bool = True,
        uses_botocore: bool = False,
    ) -> None:
        """Load the profile. Raise IamsqlError if it does not exist, or if its credentials are missing or cannot be read.

        Without `requires_credentials`, missing credentials are an error of the first request.
        """
        try:
            core = _botocore_session(profile, credentials)
            core.get_component("data_loader").file_loader = PlainFileLoader()
            self.caller = AccountSession("", core.get_credentials())
            self.region = (
                core.get_config_variable("region") or HOME_REGIONS["aws"]
            )  # of STS, unless STS is inactive there
        except ProfileNotFound as error:
            raise IamsqlError(f"{error}.\nList the profiles with: aws configure list-profiles") from error
        except (BotoCoreError, OSError) as error:  # OSError: the command of credential_process does not exist
            raise IamsqlError(f"The credentials cannot be read: {error}") from error
        if self.caller.credentials is None and requires_credentials:
            raise IamsqlError("No AWS credentials found.\nSet AWS_PROFILE or --profile, or try `iamsql sync --demo`.")
        self._credentials = _ThreadCredentials()
        self._core = core
        # botocore has no public way to replace the credentials of a session, nor to keep timestamps as the text of the response.
        self._core._credentials = self._credentials
        self._core.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=iso_time)
        events = self._core.get_component("event_emitter")
        events.register("after-call", check_response)
        events.register_first("before-parse.s3.*", check_xml)  # before the handler of botocore
        if send:
            events.register("before-send", send)
        self.offline, self.uses_botocore = send, uses_botocore
        self._config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},  # ApiClient retries
            max_pool_connections=MAX_THREADS,  # with fewer, urllib3 would drop connections after use
            connect_timeout=10,
            read_timeout=60,
            user_agent_appid="iamsql",
            parameter_validation=False,
            ignore_configured_endpoint_urls=send
            is not None,  # AWS_ENDPOINT_URL does not apply to the sample organization
        )
        self.operations = Operations(core, self._config)
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def client(self, service: str, region: str) -> Any:
        """Return the client of a service and region, shared by all accounts."""
        key = (service, region)
        if key not in self._clients:
            with self._lock:  # botocore's clients are thread-safe, the session that creates them is not
                if key not in self._clients:  # another thread may have created the client in the meantime
                    self._clients[key] = self._create_client(service, region)
        return self._clients[key]

    def _create_client(self, service: str, region: str) -> Any:
        client = self._core.create_client(service, region_name=region, config=self._config)
        client._endpoint.http_session = LimitedSession(client._endpoint.http_session)
        return client

    def setting(self, name: str) -> Any:
        """Return a setting of botocore, such as `ca_bundle`, from the environment or the profile."""
        return self._core.get_config_variable(name)

    @property
    def profile(self) -> str:
        """Return the name of the profile, from --profile or the environment; '' if none is named."""
        return str(self._core.profile or "")

    @property
    def home_region(self) -> str:
        """Return the region of the session's partition where STS is always active."""
        try:
            partition = str(self._core.get_partition_for_region(self.region))
        except UnknownRegionError:
            return HOME_REGIONS["aws"]
        partitions = self._core.get_component("data_loader").load_data("partitions")["partitions"]
        implicit_regions = {item["id"]: str(item["outputs"]["implicitGlobalRegion"]) for item in partitions}
        # The implicit global region of aws-cn is not the region of its IAM, so HOME_REGIONS comes first.
        return HOME_REGIONS.get(partition) or implicit_regions.get(partition, self.region)

    def available_regions(self, partition: str) -> list[str]:
        """Return the regions of a partition in botocore's data, sorted."""
        # CloudTrail has an endpoint in every region.
        return sorted(self._core.get_available_regions("cloudtrail", partition))

    def load_services(self, services: Sequence[str], region: str) -> None:
        """Load the models of services in advance, which takes some milliseconds each, and create the clients that they need."""
        for service in services:
            if self.uses_botocore or not self.operations.load(service, region):
                self.client(service, region)

    def send(self, session: AccountSession, method: Callable[..., Any], params: dict[str, Any]) -> Any:
        """Call a client's method, signed with the credentials of a session, and return the response. Blocks the thread.

        Raise the exceptions of botocore, and the exceptions of its parsers that `expected_shape` converts.
        """
        self._credentials.current.session = session
        try:
            return method(**params)
        finally:
            self._credentials.current.session = None


@contextmanager
def expected_shape(name: str) -> Iterator[None]:
    """Raise MalformedResponseError for what the serializers and parsers of botocore raise if a response has another shape."""
    try:
        yield
    except (BotoCoreError, ClientError, ResponseParserError):
        raise
    except (LookupError, ValueError, TypeError, AttributeError) as error:
        message = f"The response to {name} does not have the expected shape: {type(error).__name__}: {error}"
        raise MalformedResponseError(message) from error


def _botocore_session(profile: str | None, credentials: tuple[str, ...]) -> Any:
    """Return the caller's botocore session; given credentials take precedence over a profile in the environment."""
    if not credentials:
        return _Session(profile=profile)
    core = _Session(session_vars={"profile": (None, None, None, None)})
    core.set_credentials(*credentials)
    return core


def assumed_session(
    assumed_by: AccountSession,
    role_arn: str,
    answer: dict[str, Any],
    policy: str | None = None,
    external_id: str | None = None,
) -> AccountSession:
    """Return the session of a response to AssumeRole. Its `credentials` contain the secrets, which repr does not show."""
    response_credentials = answer["Credentials"]
    credentials = Credentials(
        response_credentials["AccessKeyId"],
        response_credentials["SecretAccessKey"],
        response_credentials["SessionToken"],
    )
    expires = datetime.fromisoformat(iso_time(response_credentials["Expiration"]).replace("Z", "+00:00")).timestamp()
    user_id = answer.get("AssumedRoleUser", {}).get("AssumedRoleId", "")
    account_id = role_arn.split(":")[4]
    return AccountSession(account_id, credentials, role_arn, expires, user_id, assumed_by, policy, external_id)
