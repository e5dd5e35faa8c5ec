"""Endpoints, and the regions and names that sign requests, are equal to botocore's clients with any settings."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError
from botocore.loaders import Loader
from botocore.model import ServiceModel

from iamsql.aws.http.endpoints import EndpointResolver
from iamsql.aws.sessions import SessionFactory
from iamsql.catalog.settings.option_types import BOTOCORE, TRANSPORTS
from tests.aws.test_client import KEYS, send_request
from tests.tiers import slow_but_every

SERVICES = (
    "iam",
    "sts",
    "organizations",
    "cloudtrail",
    "sso-admin",
    "identitystore",
    "ec2",
    "account",
    "accessanalyzer",
)
REGIONS = (
    "us-east-1",
    "us-west-2",
    "eu-west-1",
    "ap-east-1",
    "cn-north-1",
    "us-gov-west-1",
    "eusc-de-east-1",
    "xx-new-1",
)
# A read operation of each service, to see the request of a client.
CALLS: dict[str, tuple[str, dict[str, str]]] = {
    "iam": ("list_users", {}),
    "sts": ("get_caller_identity", {}),
    "organizations": ("list_accounts", {}),
    "cloudtrail": ("describe_trails", {}),
    "sso-admin": ("list_instances", {}),
    "identitystore": ("list_users", {"IdentityStoreId": "d-1"}),
    "ec2": ("describe_regions", {}),
    "account": ("list_regions", {}),
    "accessanalyzer": ("list_analyzers", {}),
}
Variables = dict[str, str]
Found = tuple[str, str, str, str]
KINDS: list[Variables] = [
    {},
    {"AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
    {"AWS_STS_REGIONAL_ENDPOINTS": "legacy"},
]
URLS: list[Variables] = [
    {"AWS_ENDPOINT_URL": "http://127.0.0.1:8080"},
    {"AWS_ENDPOINT_URL": "https://gateway.example.com/aws/"},
    {"AWS_ENDPOINT_URL": "https://gateway.example.com:443/a/../b//c"},
    {"AWS_ENDPOINT_URL": "http://[::1]:4566"},
    {"AWS_ENDPOINT_URL": "https://all.example.com", "AWS_ENDPOINT_URL_IAM": "https://iam.example.com:8443"},
    {"AWS_ENDPOINT_URL_SSO_ADMIN": "https://sso.example.com", "AWS_USE_FIPS_ENDPOINT": "true"},
    {"AWS_ENDPOINT_URL": "https://all.example.com", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
    {"AWS_PROFILE": "services"},
    {"AWS_PROFILE": "services", "AWS_ENDPOINT_URL_IAM": "https://variable.example.com"},
    {"AWS_PROFILE": "legacy"},
]
PROFILES = """
[profile services]
services = local
endpoint_url = https://profile.example.com
[services local]
iam =
  endpoint_url = https://iam.profile.example.com
identitystore =
  endpoint_url = http://store.profile.example.com:80
[profile legacy]
use_fips_endpoint = true
sts_regional_endpoints = legacy
"""


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def core() -> Any:
    session = botocore.session.Session()
    session.set_credentials("AKIAEXAMPLE", "not-a-secret")
    return session


def outcome(function: Callable[[], Found]) -> Any:
    try:
        return function()
    except (BotoCoreError, ValueError) as error:
        return type(error), str(error)


def resolved(session: Any, service: str, region: str) -> Found:
    """Return URL, host, region and name of an endpoint."""
    endpoint = EndpointResolver(session, Config()).resolve(model(service), region)
    assert endpoint is not None
    return endpoint.url, *endpoint.scope[::2], endpoint.scope.service


def requested(session: Any, service: str, region: str) -> Found:
    """Return URL, host, region and name of the request that a client sends."""
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        response = AWSResponse(request.url, 500, {}, None)
        response._content = b""
        return response

    client = session.create_client(service, region, config=Config(retries={"total_max_attempts": 1}))
    client.meta.events.register("before-send", answer)
    operation, params = CALLS[service]
    with pytest.raises(client.exceptions.ClientError):
        getattr(client, operation)(**params)
    [request] = sent
    scope = request.headers["Authorization"].decode().partition("Credential=")[2].partition(",")[0].split("/")
    url = request.url.removesuffix({"account": "listRegions", "accessanalyzer": "analyzer"}.get(service, ""))
    return url, _host(url), scope[2], scope[3]


def _host(url: str) -> str:
    scheme, _, address = url.partition("://")
    return address.partition("/")[0].removesuffix({"http": ":80", "https": ":443"}[scheme])


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Variables], None]:
    """Return a function that sets variables of the environment. A configuration file has two profiles."""
    (tmp_path / "config").write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", raising=False)

    def use(variables: Variables) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.mark.parametrize("variables", slow_but_every(6, KINDS), ids=str)
@pytest.mark.parametrize("service", SERVICES)
def test_the_endpoint_of_each_region_is_that_of_a_client(
    settings: Callable[[Variables], None], service: str, variables: Variables
) -> None:
    settings(variables)
    session = core()
    for region in REGIONS:
        endpoint = outcome(lambda region=region: resolved(session, service, region))
        assert endpoint == outcome(lambda region=region: requested(session, service, region)), region


@pytest.mark.parametrize("variables", URLS, ids=str)
@pytest.mark.parametrize("service", ("iam", "sts", "sso-admin", "identitystore", "cloudtrail"))
def test_a_configured_endpoint_is_that_of_a_client(
    settings: Callable[[Variables], None], service: str, variables: Variables
) -> None:
    settings(variables)
    session = core()
    url, host, *scope = resolved(session, service, "eu-west-1")
    expected_url, expected_host, *expected_scope = requested(session, service, "eu-west-1")
    assert scope == expected_scope
    assert (host, url) == (expected_host, expected_url.replace(":443/", "/").replace(":80/", "/"))


def test_other_signatures_and_endpoints_are_left_to_botocore(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = EndpointResolver(core(), Config())
    assert resolver.resolve(model("s3"), "us-east-1") is None
    assert resolver.resolve(model("dynamodb"), "us-east-1") is None
    assert resolver.resolve(model("iam"), "fips-us-gov-west-1") is None
    monkeypatch.setenv("AWS_AUTH_SCHEME_PREFERENCE", "sigv4a")
    assert EndpointResolver(core(), Config()).resolve(model("sts"), "us-east-1") is None


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("url", ["nonsense", "http://", "https://under_score!", "http://a b"])
def test_an_invalid_endpoint_is_an_error_with_its_url(
    settings: Callable[[Variables], None], url: str, transport: str
) -> None:
    settings({"AWS_ENDPOINT_URL": url})
    fault = send_request(SessionFactory(credentials=KEYS, uses_botocore=transport == BOTOCORE), "iam", "ListUsers")
    assert (fault.fault_type, fault.code, fault.message) == ("error", "InvalidEndpoint", f"Invalid endpoint: {url}")


def test_the_sample_organization_has_the_endpoints_of_aws(settings: Callable[[Variables], None]) -> None:
    settings({"AWS_ENDPOINT_URL": "http://127.0.0.1:1"})
    sent: list[Any] = []

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request.url)
        response = AWSResponse(request.url, 403, {}, None)
        response._content = b"<E><Error><Code>AccessDenied</Code></Error></E>"
        return response

    fault = send_request(SessionFactory(send=answer, credentials=KEYS), "iam", "ListUsers")
    assert fault.fault_type == "denied" and sent == ["https://iam.amazonaws.com/"]
