"""What a deployment is made of: the permissions, the principal that is trusted, the secrets, and the text of iamsql.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from iamsql.model import IamsqlError
from iamsql.required_policies import Document

NO_CONFIGURATION = "# The configuration file of iamsql\n"
MAX_CONFIGURATION = 8192  # bytes of a parameter of the advanced tier (Systems Manager quotas)
SECRET = re.compile(
    r"(?P<name>[A-Z][A-Z0-9_]{0,99})=(?P<arn>arn:aws[a-z-]*:"
    r"(?:ssm:[a-z0-9-]+:\d{12}:parameter/[\w./-]+|secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+))"
)


@dataclass(frozen=True)
class Deployment:
    """The choices of a template that are not its parameters.

    `tables` and `is_minimal` select the permissions of the sync, as in `iamsql role`. `principal` is an ARN or an account ID; if
    it is '', the template has a parameter without a default. `secrets` has the ARN of a secret by the environment variable that
    gets its value. `statements` allow what the targets of notifications need. `is_image` is a Lambda function from an image.
    """

    tables: Sequence[str] = ()
    is_minimal: bool = False
    principal: str = ""
    external_id: str = ""
    organization: str = ""
    has_securityhub: bool = False
    secrets: Mapping[str, str] = field(default_factory=dict)
    configuration: str = NO_CONFIGURATION
    statements: Sequence[Document] = ()
    is_image: bool = False


def parse_secrets(texts: Sequence[str]) -> dict[str, str]:
    """Return the ARN of each NAME=ARN by name. Raise IamsqlError for another form."""
    found = {}
    for text in texts:
        match = SECRET.fullmatch(text)
        if not match:
            raise IamsqlError(
                f"--secret takes NAME=ARN with the ARN of a Systems Manager parameter or a secret, not {text!r}."
            )
        found[match["name"]] = match["arn"]
    return found


def read_configuration(path: Path) -> str:
    """Return the text of iamsql.toml. Raise IamsqlError for a file that is not TOML, is too long or has an external ID."""
    try:
        text = path.read_text(encoding="utf-8")
        parsed = tomllib.loads(text)
    except (OSError, ValueError) as error:
        raise IamsqlError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    if len(text.encode()) > MAX_CONFIGURATION:
        raise IamsqlError(
            f"{path} has more than {MAX_CONFIGURATION} bytes, the limit of a Systems Manager parameter.\nShorten it."
        )
    if _has_key(parsed, "external_id"):
        raise IamsqlError(
            f"{path} has an external ID, which would be readable in the template.\n"
            "Remove it, and give --secret IAMSQL_EXTERNAL_ID=ARN."
        )
    return text or NO_CONFIGURATION


def notify_sections(text: str) -> list[dict[str, Any]]:
    """Return the sections [notify] of a valid iamsql.toml: the general section, and those of organizations."""
    parsed = tomllib.loads(text)
    organizations = parsed.get("organization", {})
    places = [parsed, *(organizations.values() if isinstance(organizations, dict) else ())]
    found = [place.get("notify") for place in places if isinstance(place, dict)]
    return [section for section in found if isinstance(section, dict)]


def _has_key(value: Any, name: str) -> bool:
    if isinstance(value, dict):
        return name in value or any(_has_key(each, name) for each in value.values())
    return isinstance(value, list) and any(_has_key(each, name) for each in value)
