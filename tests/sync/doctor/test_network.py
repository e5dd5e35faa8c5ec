"""The settings of the network: proxy, CA certificates, endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from iamsql.aws.settings import default_ca_bundle
from iamsql.sync.doctor import network
from iamsql.sync.doctor.checks import diagnose
from iamsql.sync.doctor.connection import Problem, Target
from iamsql.sync.doctor.model import Row, Rows, State
from tests.sync.doctor.conftest import options, rows


def only(check: Callable[[State], Awaitable[Rows]], tmp_path: Path) -> Row:
    """Return the only row of a check without credentials."""

    async def run() -> Rows:
        return await check(State(options(tmp_path)))

    [row] = asyncio.run(run())
    return row


def test_a_proxy_is_shown_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(network.proxy, tmp_path).detail == "No proxy is set."
    monkeypatch.setenv("HTTPS_PROXY", "http://user:secret@proxy.example.com:3128")
    monkeypatch.setenv("no_proxy", "169.254.169.254")
    row = only(network.proxy, tmp_path)
    assert (row.status, row.detail) == ("ok", "HTTPS_PROXY is proxy.example.com:3128; NO_PROXY is 169.254.169.254")
    monkeypatch.setenv("HTTPS_PROXY", "http://:3128")
    row = only(network.proxy, tmp_path)
    assert row.status == "failed"
    assert "HTTPS_PROXY" in row.remediation


def test_the_file_of_certificates_must_be_pem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert only(network.certificates, tmp_path).status == "ok"
    file = tmp_path / "ca.pem"
    monkeypatch.setenv("AWS_CA_BUNDLE", str(file))
    assert "does not exist" in only(network.certificates, tmp_path).detail
    file.write_text("not a certificate")
    row = only(network.certificates, tmp_path)
    assert (row.status, "has no PEM certificates" in row.detail) == ("failed", True)
    monkeypatch.setenv("AWS_CA_BUNDLE", default_ca_bundle())
    assert "CA certificates" in only(network.certificates, tmp_path).detail
    monkeypatch.delenv("AWS_CA_BUNDLE")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    assert only(network.certificates, tmp_path).status == "failed", "botocore reads this variable too"


@pytest.mark.slow
def test_configured_endpoints_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:secret@no-such-host.invalid:8080")
    report = diagnose(options(tmp_path))
    [row] = rows(report, "endpoint settings")
    assert (row.status, row.detail) == ("warning", "Requests to http://no-such-host.invalid:8080 are not encrypted.")
    assert "secret" not in str(report.rows)
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_USE_FIPS_ENDPOINT", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-gov-west-1")
    monkeypatch.setattr(network, "connect", lambda target: hosts.append(target.host))
    hosts: list[str] = []
    [row] = rows(diagnose(options(tmp_path)), "endpoint settings")
    assert row.detail == "FIPS endpoints"
    assert "iam.us-gov.amazonaws.com" in hosts


def test_an_endpoint_that_is_not_a_url_is_an_error_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:4566")
    report = diagnose(options(tmp_path))
    [row] = rows(report, "endpoint settings")
    assert (row.status, "AWS_ENDPOINT_URL" in row.remediation) == ("failed", True)
    assert rows(report, "identity")[0].status == "skipped"


def test_endpoints_that_fail_for_the_same_reason_are_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def connect(target: Target) -> Problem | None:
        if "cloudtrail" in target.host:
            return Problem(f"{target.host} is closed: no answer", f"Allow {target.host} port 443.")
        return Problem(f"The name {target.host} cannot be resolved: x", "Check the DNS server.")

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setattr(network, "connect", connect)
    report = diagnose(options(tmp_path))
    closed, unresolved = rows(report, "endpoints")
    assert closed.detail.startswith("cloudtrail.") and closed.remediation == "Allow these endpoints port 443."
    assert "The same for 2 other endpoints: organizations.us-east-1.amazonaws.com, sts.us-east-1" in unresolved.detail
    assert {(row.check, row.cause) for row in report.rows if row.status == "skipped"} == {
        (name, "endpoints") for name in ("identity", "organization role", "organization", "role")
    }
    assert report.first_step == closed.remediation
