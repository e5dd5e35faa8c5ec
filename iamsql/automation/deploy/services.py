"""The services of AWS that iamsql calls, under the names of botocore."""

from __future__ import annotations

from iamsql.tables.registry import all_calls

CATALOGUE_SERVICE = "catalogue"  # a table about data in the package, not about AWS
# Services for a caller's identity, credentials, notifications and secrets; no table reads them.
OTHER_SERVICES = (
    "events",
    "s3",
    "secretsmanager",
    "securityhub",
    "sesv2",
    "signin",
    "sns",
    "ssm",
    "sso",
    "sso-oidc",
    "sts",
)


def called_services() -> set[str]:
    """Return the services that a run may call."""
    return ({call.service for call in all_calls()} - {CATALOGUE_SERVICE}) | set(OTHER_SERVICES)
