"""The parts of a deployment: the permissions, the trusted principal, the secrets, and the text of iamsql.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.tables.required_policies import Document

EMPTY_CONFIGURATION = "# The configuration file of iamsql\n"
MAX_CONFIGURATION_BYTES = 8192  # bytes of a parameter of the advanced tier (Systems Manager quotas)
SECRET_ARGUMENT_PATTERN = re.compile(
    r"(?P<name>[A-Z][A-Z0-9_]{0,99})=(?P<arn>arn:aws[a-z-]*:"
    r"(?:ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+|secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+))"
)

# The targets of notifications that have a URL; its path is a password.
WEBHOOK_TARGETS = ("webhook", "slack", "teams")
WEBHOOK_URL_PATTERN = re.compile(
    rf"(?:{'|'.join(WEBHOOK_TARGETS)})\s*:\s*https?:|//[^\s\"']*(?:hooks\.slack|webhook\.office|logic\.azure|/webhook)",
    re.IGNORECASE,
)
# A link with a password, or with a parameter as long as one.
LINK_SECRET_PATTERN = re.compile(r"//[^/]*@|[?&][^=&#]*=[^&#]{6,}")
SECRET_SOURCE_PATTERN = re.compile(
    r"env:[A-Za-z_][A-Za-z0-9_]*|ssm:/?[\w.-]+(?:/[\w.-]+)*|secretsmanager:[\w/+=.@-]+(?:#[\w.-]+)?|(?:ssm|secretsmanager):arn:[\w:/+=.@-]+(?:#[\w.-]+)?"
)
EXTERNAL_ID_PATTERN = re.compile(r"external.?id", re.IGNORECASE)


@dataclass(frozen=True)
class Deployment:
    """The choices of a template that are not its parameters.

    `tables` and `is_minimal`: the permissions of the sync, as in `iamsql role`.
    `principal`: an ARN or an account ID; with '', the template has a parameter without a default.
    `secrets`: the ARN of each secret, by the environment variable that gets its value.
    `statements`: the permissions that the targets of notifications need.
    `is_image`: whether the Lambda function is made from an image.
    """

    tables: Sequence[str] = ()
    is_minimal: bool = False
    principal: str = ""
    external_id: str = ""
    organization: str = ""
    has_securityhub: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    configuration: str = EMPTY_CONFIGURATION
    statements: Sequence[Document] = ()
    is_image: bool = False


def parse_secrets(texts: Sequence[str]) -> dict[str, str]:
    """Return the ARN of each NAME=ARN by name. Raise IamsqlError for another form."""
    arns = {}
    for text in texts:
        match = SECRET_ARGUMENT_PATTERN.fullmatch(text)
        if not match:
            raise IamsqlError(
                f"--secret takes NAME=ARN with the ARN of a Systems Manager parameter or a secret, not {text!r}."
            )
        arns[match["name"]] = match["arn"]
    return arns


def read_configuration(path: Path) -> str:
    """Return the text of iamsql.toml. Raise IamsqlError for a file that is not TOML, is too long or has a secret."""
    try:
        text = path.read_text(encoding="utf-8")
        parsed = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise IamsqlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if len(text.encode()) > MAX_CONFIGURATION_BYTES:
        raise IamsqlError(
            f"{path} has more than {MAX_CONFIGURATION_BYTES} bytes, the limit of a Systems Manager parameter.\nShorten it."
        )
    if _has_key(parsed, "external_id") or EXTERNAL_ID_PATTERN.search(text):  # also in a comment
        raise IamsqlError(
            f"{path} has an external ID, which would be readable in the template.\n"
            "Remove it, and give --secret IAMSQL_EXTERNAL_ID=ARN."
        )
    _require_no_secrets(path, text, parsed)
    return text or EMPTY_CONFIGURATION


def _require_no_secrets(path: Path, text: str, parsed: Mapping[str, Any]) -> None:
    """Raise IamsqlError for the URL of a webhook, even in a comment, and for a link or key that contains a secret."""
    targets = [target for value in _values_of_key(parsed, "to") for target in _as_text_list(value)]
    if WEBHOOK_URL_PATTERN.search(text) or any(map(_has_url, targets)):
        raise IamsqlError(
            f"{path} has the URL of a webhook in notify.to, which would be readable in the template.\n"
            'Write "slack:env:NAME", "teams:env:NAME" or "webhook:env:NAME" instead, and give --secret NAME=ARN.'
        )
    if any(
        LINK_SECRET_PATTERN.search(link) for value in _values_of_key(parsed, "link") for link in _as_text_list(value)
    ):
        raise IamsqlError(
            f"{path} has a notify.link with a password or a signature, which would be readable in the template.\n"
            "Remove it, or name a page that asks its readers who they are."
        )
    if any(
        not SECRET_SOURCE_PATTERN.fullmatch(source)
        for value in _values_of_key(parsed, "webhook_secret")
        for source in _as_text_list(value)
    ):
        raise IamsqlError(
            f"{path} has a notify.webhook_secret that is not a source, and would be readable in the template.\n"
            'Write "env:NAME" instead, and give --secret NAME=ARN.'
        )


def notify_sections(text: str) -> list[dict[str, Any]]:
    """Return the sections [notify] of a valid iamsql.toml: the general section, and the sections of organizations."""
    parsed = tomllib.loads(text)
    organizations = parsed.get("organization", {})
    tables = [parsed, *(organizations.values() if isinstance(organizations, dict) else ())]
    sections = [table.get("notify") for table in tables if isinstance(table, dict)]
    return [section for section in sections if isinstance(section, dict)]


def _has_key(value: Any, name: str) -> bool:
    return any(True for _ in _values_of_key(value, name))


def _values_of_key(value: Any, name: str) -> Iterator[Any]:
    """Yield the values of a key in all tables of a file."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == name:
                yield item
            yield from _values_of_key(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _values_of_key(item, name)


def _has_url(target: str) -> bool:
    """Return whether a target has a URL, or any text that is not the source of a URL."""
    target_type, _, address = target.strip().partition(":")
    return (
        target_type.strip().lower() in WEBHOOK_TARGETS
        and bool(address)
        and not SECRET_SOURCE_PATTERN.fullmatch(address)
    )


def _as_text_list(value: Any) -> list[str]:
    return [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
