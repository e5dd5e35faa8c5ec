"""Secrets from the environment and from a moto server: values, keys of JSON, missing and denied ones."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError
from moto.server import ThreadedMotoServer

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.automation.notify.secrets import Secret, check_source, read_secret
from iamsql.aws.delivery import Clients
from iamsql.model import IamsqlError

URL = "https://hooks.slack.com/services/T/B/confidential"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """Start moto with parameters and secrets in two regions, and yield its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    url = f"http://127.0.0.1:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "endpoint_url": url}
    for region in ("us-east-1", "eu-west-1"):
        parameters = boto3.client("ssm", region, **keys)
        parameters.put_parameter(Name="/iamsql/slack", Value=f"{URL}/{region}\n", Type="SecureString")
        secrets = boto3.client("secretsmanager", region, **keys)
        secrets.create_secret(Name="iamsql/teams", SecretString=json.dumps({"url": f"{URL}/{region}", "port": 1}))
    secrets.create_secret(Name="binary", SecretBinary=b"\0")
    secrets = boto3.client("secretsmanager", "us-east-1", **keys)
    secrets.create_secret(Name="empty", SecretString=" ")
    yield url
    server.stop()


@pytest.fixture
def context(moto: str, monkeypatch: pytest.MonkeyPatch) -> TargetContext:
    """Return the context of targets whose AWS is moto, in us-east-1."""
    for name, value in {"ENDPOINT_URL": moto, "ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    return TargetContext(clients=lambda: Clients(), environment={"HOOK": f" {URL}\n", "EMPTY": ""})


def arn(service: str, resource: str, region: str = "eu-west-1") -> str:
    """Return an ARN of moto's account."""
    return f"arn:aws:{service}:{region}:123456789012:{resource}"


def test_nothing_but_reveal_shows_a_secret() -> None:
    secret = Secret(URL)
    for text in (repr(secret), str(secret), f"{secret}", f"{[secret]}", f"{secret!a}"):
        assert "confidential" not in text
    assert secret.reveal() == URL
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("env:HOOK", URL),
        ("ssm:/iamsql/slack", f"{URL}/us-east-1"),
        (f"ssm:{arn('ssm', 'parameter/iamsql/slack')}", f"{URL}/eu-west-1"),
        ("secretsmanager:iamsql/teams#url", f"{URL}/us-east-1"),
        ("secretsmanager:iamsql/teams", json.dumps({"url": f"{URL}/us-east-1", "port": 1})),
    ],
)
def test_a_secret_is_read_without_surrounding_spaces(context: TargetContext, source: str, value: str) -> None:
    assert read_secret(check_source(source, "slack"), context).reveal() == value


def test_the_arn_of_a_secret_states_its_region(context: TargetContext) -> None:
    description = context.clients().client("secretsmanager", "eu-west-1").describe_secret(SecretId="iamsql/teams")
    source = check_source(f"secretsmanager:{description['ARN']}#url", "teams")
    assert read_secret(source, context).reveal() == f"{URL}/eu-west-1"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("env:UNSET", "The environment variable UNSET is not set.\nSet it, or name another source: env:NAME,"),
        ("env:EMPTY", "env:EMPTY is empty.\n"),
        ("ssm:/none", "ssm:/none could not be read: GetParameter: ParameterNotFound"),
        ("secretsmanager:none", "secretsmanager:none could not be read: GetSecretValue: ResourceNotFoundException"),
        ("secretsmanager:empty", "secretsmanager:empty is empty.\n"),
        ("secretsmanager:empty#url", "The secret empty has no text under the key url.\n"),
        ("secretsmanager:iamsql/teams#none", "The secret iamsql/teams has no text under the key none.\n"),
        ("secretsmanager:iamsql/teams#port", "The secret iamsql/teams has no text under the key port.\n"),
        (f"secretsmanager:{arn('secretsmanager', 'secret:binary')}", "The secret arn:"),
    ],
)
def test_a_missing_secret_is_an_error_with_the_next_step(context: TargetContext, source: str, message: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        read_secret(check_source(source, "slack"), context)
    assert str(caught.value).startswith(message) and len(str(caught.value).splitlines()) == 2
    assert "confidential" not in str(caught.value)


class Refusing:
    """Clients whose requests fail."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def client(self, *_: Any, **__: Any) -> Any:
        """Return a client without operations that succeed."""
        return self

    def get_parameter(self, **_: Any) -> Any:
        """Raise the error."""
        raise self.error


def denied(code: str) -> Exception:
    """Return an error of AWS."""
    return ClientError(
        {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"RequestId": "r-1"}}, "GetParameter"
    )


@pytest.mark.parametrize(
    ("error", "step"),
    [
        (denied("AccessDeniedException"), "Allow ssm:GetParameter, and kms:Decrypt"),
        (denied("ThrottlingException"), "Check its name and region"),
        (NoCredentialsError(), "Check its name and region"),
    ],
)
def test_a_refused_request_names_the_permission(error: Exception, step: str) -> None:
    with pytest.raises(DeliveryError, match=rf"^ssm:/x could not be read: .*\n{step}"):
        read_secret("ssm:/x", TargetContext(clients=lambda: Refusing(error)))


def test_an_error_of_the_profile_and_a_bug_are_not_changed() -> None:
    for error in (IamsqlError("The profile does not exist."), ZeroDivisionError("a bug")):
        with pytest.raises(type(error), match=str(error)):
            read_secret("ssm:/x", TargetContext(clients=lambda error=error: Refusing(error)))


@pytest.mark.parametrize(
    "source",
    [
        "",
        URL,
        "confidential",
        "vault:confidential",
        "env:",
        "env:confidential value",
        "env:9confidential",
        "ssm:confidential?",
        "ssm:/confidential\n",
        "secretsmanager:#confidential",
        "ENV:confidential",
    ],
)
def test_another_source_is_refused_without_repeating_it(source: str) -> None:
    with pytest.raises(IamsqlError, match="slack:env:MY_WEBHOOK") as caught:
        check_source(source, "slack")
    assert "confidential" not in str(caught.value) and len(str(caught.value).splitlines()) == 2
