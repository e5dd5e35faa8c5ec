"""Read the URL of a webhook and its key from the environment, Systems Manager or Secrets Manager.

A webhook URL lets everyone who has it write to a channel. It is therefore a secret: it is read when the first message is
sent, and no output, error or log contains it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, NoReturn

from iamsql.automation.notify.model import DeliveryError, TargetContext
from iamsql.aws.delivery import describe_error
from iamsql.model import IamsqlError

SOURCE_SYNTAX = "env:NAME, ssm:PARAMETER or secretsmanager:SECRET[#KEY]"
SOURCE_PATTERN = re.compile(r"(env|ssm|secretsmanager):(.+)", re.DOTALL)
VARIABLE_NAME_PATTERN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names of parameters and of secrets, and their ARNs (API references of GetParameter and GetSecretValue).
SECRET_NAME_PATTERN = re.compile(r"[\w/.+=@:-]{1,2048}", re.ASCII)
SECRET_ARN_PATTERN = re.compile(r"arn:[a-z-]+:(?:ssm|secretsmanager):([a-z0-9-]+):[0-9]{12}:.+", re.DOTALL)
ACCESS_DENIED_CODES = ("AccessDenied", "AccessDeniedException", "KMS.AccessDeniedException")


class Secret:
    """A string that only `reveal` returns. Its representation shows nothing, and it cannot be pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        """Store the text."""
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        """Return a placeholder."""
        return "Secret(…)"

    def __reduce__(self) -> NoReturn:
        """Raise TypeError: a pickled secret would be readable."""
        raise TypeError("a secret is not pickled")


def check_source(source: str, target: str) -> str:
    """Return the source of a secret. Raise IamsqlError for an invalid source, without repeating it: it can be the secret itself."""
    match = SOURCE_PATTERN.fullmatch(source)
    if match is None:
        raise IamsqlError(
            f"The source of the secret of {target} is not valid: write {SOURCE_SYNTAX}.\n"
            "A webhook URL is a secret: put it into an environment variable, Systems Manager or Secrets Manager, "
            f"for example: {target}:env:MY_WEBHOOK"
        )
    store, name = match.groups()
    pattern = VARIABLE_NAME_PATTERN if store == "env" else SECRET_NAME_PATTERN
    if not pattern.fullmatch(name.split("#")[0] if store == "secretsmanager" else name):
        raise IamsqlError(
            f"The source {store}: of the secret of {target} has no valid name.\n"
            f"Write {SOURCE_SYNTAX}, for example: {target}:env:MY_WEBHOOK"
        )
    return source


def read_secret(source: str, context: TargetContext) -> Secret:
    """Return the secret of a source that `check_source` accepted. Raise DeliveryError if it is missing or access is denied."""
    store, _, name = source.partition(":")
    text = SECRET_READERS[store](name, context).strip()
    if not text:
        raise DeliveryError(f"{source} is empty.\nStore the secret there, or name another source: {SOURCE_SYNTAX}")
    return Secret(text)


def read_local_secret(source: str, context: TargetContext) -> Secret | None:
    """Return the secret of an environment variable. For a secret in AWS, only require credentials, and return None.

    Raise IamsqlError if the variable or the credentials are missing. AWS receives no request.
    """
    if source.startswith("env:"):
        return read_secret(source, context)
    context.clients().require_credentials()
    return None


def _read_variable(name: str, context: TargetContext) -> str:
    if name not in context.environment:
        raise DeliveryError(
            f"The environment variable {name} is not set.\nSet it, or name another source: {SOURCE_SYNTAX}"
        )
    return context.environment[name]


def _read_parameter(name: str, context: TargetContext) -> str:
    response = _send_request("ssm", "get_parameter", name, context, Name=name, WithDecryption=True)
    return str(response["Parameter"]["Value"])


def _read_secrets_manager(name: str, context: TargetContext) -> str:
    secret_id, _, key = name.partition("#")
    response = _send_request("secretsmanager", "get_secret_value", secret_id, context, SecretId=secret_id)
    if "SecretString" not in response:
        raise DeliveryError(f"The secret {secret_id} is binary.\nStore the secret as text.")
    return _json_member(response["SecretString"], key, secret_id) if key else str(response["SecretString"])


def _json_member(text: str, key: str, secret_id: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict) or not isinstance(value.get(key), str):
        raise DeliveryError(
            f"The secret {secret_id} has no text under the key {key}.\n"
            f"Store a JSON object with this key, or leave #{key} out to use the whole secret."
        )
    return str(value[key])


def _send_request(service: str, operation: str, name: str, context: TargetContext, **params: Any) -> Any:
    arn = SECRET_ARN_PATTERN.fullmatch(name)
    try:
        client = context.clients().client(service, region=arn[1] if arn else "")
        return getattr(client, operation)(**params)
    except IamsqlError:
        raise
    except Exception as error:
        reason = describe_error(error)  # raises errors that are not of AWS
        raise DeliveryError(f"{service}:{name} could not be read: {reason}\n{_next_step(service, reason)}") from error


def _next_step(service: str, reason: str) -> str:
    if any(f" {code}:" in reason for code in ACCESS_DENIED_CODES):
        action = "ssm:GetParameter" if service == "ssm" else "secretsmanager:GetSecretValue"
        return f"Allow {action}, and kms:Decrypt if it has a key of your own, or name another source: {SOURCE_SYNTAX}"
    return "Check its name and region; an ARN states the region."


SECRET_READERS: dict[str, Callable[[str, TargetContext], str]] = {
    "env": _read_variable,
    "ssm": _read_parameter,
    "secretsmanager": _read_secrets_manager,
}
