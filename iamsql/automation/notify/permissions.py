"""The permissions that the targets need, as statements of IAM policies: for `iamsql deploy`, and for the documentation.

The statements of a target allow the requests that it sends, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from iamsql.automation.notify.aws_requests import parse_arn
from iamsql.automation.notify.model import TargetContext
from iamsql.automation.notify.targets import eventbridge, securityhub, ses, sns
from iamsql.automation.notify.targets.s3 import parse_location
from iamsql.tables.required_policies import (
    ASSUME_ROLE_ACTION,
    SAME_ORGANIZATION_CONDITION,
    VIA_S3_CONDITION,
    Document,
    allow_statement,
)

Settings = Mapping[str, Any]
IMPORT_FINDINGS_ACTION = "securityhub:BatchImportFindings"
ACCOUNT_PLACEHOLDER = "<Account>"  # the account of the role, as the templates of `iamsql deploy` name it
# The product that every account has for findings of its own. A policy variable cannot replace the account: IAM replaces
# variables only after the fifth colon of an ARN (IAM User Guide, "IAM policy elements: Variables and tags").
OWN_PRODUCT_ARN = f"arn:*:securityhub:*:{ACCOUNT_PLACEHOLDER}:product/{ACCOUNT_PLACEHOLDER}/default"


def statements(targets: Sequence[str], settings: Settings | None = None) -> list[Document]:
    """Return the statements for the credentials that send to targets, each once; none for targets outside AWS.

    They contain ACCOUNT_PLACEHOLDER instead of the account of these credentials.
    `settings` come from [notify] in iamsql.toml. Raise DeliveryError for a target that is not valid.
    """
    return _distinct_statements(
        statement for target in targets for statement in _target_statements(target, settings or {})
    )


def member_statements(targets: Sequence[str], settings: Settings | None = None) -> list[Document]:
    """Return the statements for the role in the accounts that import findings into Security Hub; none for other targets."""
    hubs = [_open_hub(text, settings or {}) for name, text in map(_split_target, targets) if name == "securityhub"]
    has_members = any(hub.account != securityhub.ADMINISTRATOR for hub in hubs)
    return [_import_own_statement("ImportFindings")] if has_members else []


def _target_statements(target: str, settings: Settings) -> list[Document]:
    name, text = _split_target(target)
    return STATEMENT_BUILDERS[name](text, settings) if name in STATEMENT_BUILDERS else []


def _split_target(target: str) -> tuple[str, str]:
    """Return the name of a target, and the text that its module gets."""
    name, _, text = target.partition(":")
    return name, target if name == "s3" else text


def _distinct_statements(candidates: Iterable[Document]) -> list[Document]:
    """Return statements without repetitions; statements with the same Sid get a number."""
    documents: list[Document] = []
    for statement in candidates:
        if any(_without_sid(statement) == _without_sid(earlier_statement) for earlier_statement in documents):
            continue
        number = sum(
            earlier_statement["Sid"].rstrip("0123456789") == statement["Sid"] for earlier_statement in documents
        )
        documents.append(statement | ({"Sid": f"{statement['Sid']}{number + 1}"} if number else {}))
    return documents


def _without_sid(statement: Document) -> Document:
    return {key: value for key, value in statement.items() if key != "Sid"}


def _sns_statements(text: str, settings: Settings) -> list[Document]:
    topic = sns.open_target(text, TargetContext(dict)).arn
    return [allow_statement("sns:Publish", topic, "PublishChanges")]


def _ses_statements(text: str, settings: Settings) -> list[Document]:
    """Return the statement for a sender and its recipients.

    SES checks the identity, which is the address or its domain, and the identity's default configuration set. The resources are
    therefore wildcards, and conditions restrict the sender and the recipients.
    """
    sender, recipients = ses.parse_addresses(text)
    resources = ["arn:*:ses:*:*:identity/*", "arn:*:ses:*:*:configuration-set/*"]
    condition = {
        "StringEquals": {"ses:FromAddress": sender},
        "ForAllValues:StringEquals": {"ses:Recipients": recipients},
    }
    return [allow_statement("ses:SendEmail", resources, "SendMail", condition)]


def _s3_statements(text: str, settings: Settings) -> list[Document]:
    """Return the statements for uploads, and for reading: a presigned link has the permissions of who signed it."""
    bucket, prefix = parse_location(text)
    objects = "/".join(part for part in (f"arn:*:s3:::{bucket}", prefix, "*") if part)
    actions = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject")
    s3_statements = [allow_statement(actions, objects, "UploadReports")]
    if key := str(settings.get("sse_kms_key") or ""):
        s3_statements.append(_kms_statement(key))
    return s3_statements


def _kms_statement(key: str) -> Document:
    """Return the statement for a KMS key: its ID or ARN, or the name or ARN of an alias, which a policy names in a condition.

    S3 decrypts the parts of an upload to join them, and the report for the link.
    """
    actions, arn = ("kms:GenerateDataKey", "kms:Decrypt"), parse_arn(key)
    name = arn.name if arn else key
    if name.startswith("alias/"):
        condition = VIA_S3_CONDITION | {"ForAnyValue:StringEquals": {"kms:ResourceAliases": name}}
        return allow_statement(actions, "arn:*:kms:*:*:key/*", "EncryptReports", condition)
    return allow_statement(actions, key if arn else f"arn:*:kms:*:*:key/{key}", "EncryptReports", VIA_S3_CONDITION)


def _eventbridge_statements(text: str, settings: Settings) -> list[Document]:
    bus = eventbridge.open_target(text, TargetContext(dict)).bus
    resource = bus if parse_arn(bus) else f"arn:*:events:*:*:event-bus/{bus}"
    condition = {"StringEquals": {"events:source": eventbridge.EVENT_SOURCE}}
    return [allow_statement("events:PutEvents", resource, "PutChanges", condition)]


def _securityhub_statements(text: str, settings: Settings) -> list[Document]:
    """Return the statements for the caller: its own product, and the role in the accounts that import findings."""
    hub, own_statement = _open_hub(text, settings), _import_own_statement("ImportOwnFindings")
    if hub.account == securityhub.ADMINISTRATOR:
        return [own_statement]
    accounts = "*" if hub.account == securityhub.MEMBER else hub.account
    role = f"arn:*:iam::{accounts}:role/{hub.role}"
    return [allow_statement(ASSUME_ROLE_ACTION, role, "ImportAsMembers", SAME_ORGANIZATION_CONDITION), own_statement]


def _open_hub(text: str, settings: Settings) -> securityhub.SecurityHubTarget:
    return securityhub.open_target(text, TargetContext(dict, settings=settings))


def _import_own_statement(sid: str) -> Document:
    return allow_statement(IMPORT_FINDINGS_ACTION, OWN_PRODUCT_ARN, sid)


STATEMENT_BUILDERS: dict[str, Callable[[str, Settings], list[Document]]] = {
    "sns": _sns_statements,
    "ses": _ses_statements,
    "s3": _s3_statements,
    "eventbridge": _eventbridge_statements,
    "securityhub": _securityhub_statements,
}
