"""Settings of a deployment.

Secrets are given by ARN. A configuration file must be valid TOML and fit into a parameter. It must not contain an external ID.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.automation.deploy.settings import parse_secrets, read_configuration
from iamsql.model import IamsqlError
from tests.automation.deploy.lint import EXTERNAL_ID, SLACK


def test_secrets_are_arns_of_parameters_and_secrets() -> None:
    arns = parse_secrets([f"IAMSQL_EXTERNAL_ID={EXTERNAL_ID}", f"SLACK_2={SLACK}"])
    assert arns == {"IAMSQL_EXTERNAL_ID": EXTERNAL_ID, "SLACK_2": SLACK}


@pytest.mark.parametrize(
    "text", ["NAME", "=x", "NAME=secret-value", f"name={SLACK}", "N=arn:aws:s3:::bucket", f"N={SLACK}\n", f"N={SLACK}*"]
)
def test_another_text_is_an_error(text: str) -> None:
    with pytest.raises(IamsqlError, match="--secret takes NAME=ARN"):
        parse_secrets([text])


def test_a_configuration_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text('# keep\n[sync]\nroles = ["iamsql-audit"]\n', encoding="utf-8")
    assert read_configuration(path) == path.read_text(encoding="utf-8")
    path.write_text("", encoding="utf-8")
    assert read_configuration(path).startswith("#")  # Systems Manager refuses an empty value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[sync", "cannot read"),
        ('[organization.prod]\nexternal_id = "acme-7f3a"', "has an external ID"),
        ('[[x]]\nexternal_id = "acme-7f3a"', "has an external ID"),
        ("# " + "x" * 8192, "more than 8192 bytes"),
        ('[notify]\nto = ["webhook:https://x.example/acme-7f3a"]', "slack:env:NAME.*--secret NAME=ARN"),
        ('[notify]\nto = ["slack", "teams:HTTPS://x.example/acme-7f3a"]', "has the URL of a webhook"),
        ('[notify]\nto = ["slack:https://hooks.slack.com/services/acme-7f3a"]', "has the URL of a webhook"),
        ('[notify]\nto = ["slack:hooks.slack.com/services/acme-7f3a"]', "has the URL of a webhook"),
        ('[organization.prod.notify]\nto = ["webhook:http://x.example/acme-7f3a"]', "has the URL of a webhook"),
        ('[notify]\nto = ["\\u0077ebhook:https://x.example/acme-7f3a"]', "has the URL of a webhook"),
        ('[notify]\n# to = ["webhook:https://x.example/acme-7f3a"]', "has the URL of a webhook"),
        (
            '[notify]\nlink = "https://x.example/r?X-Amz-Signature=acme-7f3a"',
            "notify.link with a password or a signature",
        ),
        ('[notify]\nlink = "https://me:acme-7f3a@x.example/"', "notify.link with a password or a signature"),
        ('[notify]\nwebhook_secret = "acme-7f3a"', "is not a source.*\n.*--secret NAME=ARN"),
    ],
)
def test_a_configuration_that_cannot_be_deployed_is_an_error(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(IamsqlError, match=f"(?s){says}") as error:
        read_configuration(path)
    assert "acme-7f3a" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        'to = ["slack", "teams", "slack:env:CHANNEL", "webhook:env:URL", "webhook:secretsmanager:iamsql/hook#url", "s3://b/p"]',
        'to = ["webhook:ssm:/iamsql/webhook", "sns:arn:aws:sns:eu-west-1:111122223333:x", "securityhub", "eventbridge:bus"]',
        'link = "https://reports.example.com/?page=2"\nwebhook_secret = "ssm:/iamsql/webhook"',
    ],
)
def test_a_configuration_that_names_the_sources_of_secrets_is_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "iamsql.toml"
    path.write_text(f"[notify]\n{text}\n")
    assert text in read_configuration(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IamsqlError, match="cannot read"):
        read_configuration(tmp_path / "none.toml")
