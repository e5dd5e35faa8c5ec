"""Read the settings of the environment and the profile: endpoints, proxy, CA certificates, source and expiry of credentials."""

from __future__ import annotations

import time
from datetime import datetime
from typing import NamedTuple

from botocore.exceptions import BotoCoreError
from botocore.httpsession import get_cert_path
from botocore.utils import get_environ_proxies

from iamsql.aws.errors import Fault, RequestFailedError, classify
from iamsql.aws.sessions import SessionFactory

# Names of botocore's credential providers, and their descriptions for users.
PROVIDER_DESCRIPTIONS = {
    "env": "the environment variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
    "shared-credentials-file": "the credentials file",
    "config-file": "the configuration file",
    "sso": "IAM Identity Center (aws sso login)",
    "login": "a console sign-in (aws login)",
    "assume-role": "a role that the profile assumes",
    "assume-role-with-web-identity": "a role that is assumed with a web identity token",
    "custom-process": "the command of credential_process",
    "iam-role": "the instance profile (EC2 instance metadata)",
    "container-role": "the role of the container",
    "explicit": "the sample organization",
}
SIGN_IN_PROVIDERS = ("sso", "login")  # providers whose credentials need a sign-in of the user
FIXED_PROVIDERS = (
    "env",
    "shared-credentials-file",
    "config-file",
    "explicit",
)  # providers that do not renew their credentials


class CallerCredentials(NamedTuple):
    """The caller's credentials: the provider, its description and the expiry.

    `expires` is None for credentials without a known expiry. `is_temporary`: the credentials have a session token.
    """

    provider: str
    source: str
    expires: datetime | None
    is_temporary: bool

    @property
    def is_renewed(self) -> bool:
        """Return whether botocore renews the credentials before they expire."""
        return self.provider not in FIXED_PROVIDERS


def caller_credentials(sessions: SessionFactory) -> CallerCredentials | None:
    """Return the caller's credentials; None if there are none. This may send requests.

    Raise RequestFailedError if the credentials cannot be loaded.
    """
    credentials = sessions.caller.credentials
    if credentials is None:
        return None
    provider = str(getattr(credentials, "method", "") or "")
    try:
        frozen_credentials = credentials.get_frozen_credentials()
    except OSError as error:  # a file or a command that a provider needs
        raise RequestFailedError(Fault("error", type(error).__name__, str(error))) from error
    except Exception as error:
        raise RequestFailedError(classify(error)) from error
    # botocore has no public attribute for the expiry.
    expires = getattr(credentials, "_expiry_time", None)
    source = PROVIDER_DESCRIPTIONS.get(provider, provider or "an unknown provider")
    return CallerCredentials(provider, source, expires, bool(frozen_credentials.token))


def credential_provider(sessions: SessionFactory) -> str:
    """Return the name of botocore's provider of the caller's credentials, such as `sso`; '' without credentials."""
    return str(getattr(sessions.caller.credentials, "method", "") or "")


def seconds_left(credentials: CallerCredentials) -> float | None:
    """Return the seconds until the credentials expire; None if that is not known."""
    return credentials.expires.timestamp() - time.time() if credentials.expires else None


def endpoint_url(sessions: SessionFactory, service: str, region: str) -> str:
    """Return the URL that requests to a service are sent to. Raise RequestFailedError for an invalid region or endpoint."""
    try:
        return str(sessions.client(service, region).meta.endpoint_url)
    except BotoCoreError as error:
        raise RequestFailedError(classify(error)) from error
    except ValueError as error:  # a configured URL that is none
        raise RequestFailedError(Fault("error", "InvalidEndpoint", str(error))) from error


def find_proxy(url: str) -> str:
    """Return the URL of the proxy for requests to a URL, by HTTPS_PROXY, HTTP_PROXY and NO_PROXY; '' without a proxy."""
    return str(get_environ_proxies(url).get(url.partition(":")[0]) or "")


def ca_bundle(sessions: SessionFactory) -> str:
    """Return the path of the CA certificates that the user configured; '' for botocore's certificates."""
    return str(sessions.setting("ca_bundle") or "")


def default_ca_bundle() -> str:
    """Return the path of botocore's CA certificates."""
    return str(get_cert_path(True))
