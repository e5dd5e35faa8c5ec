"""The handler of a Lambda function: `iamsql run` in the process of the function, with its files in /tmp.

Lambda does not store secrets: the configuration and the secrets are read from Systems Manager and Secrets Manager.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext, redirect_stdout
from pathlib import Path
from typing import Any

from iamsql import cli
from iamsql.automation.pipeline.archive import parse_archive
from iamsql.aws.delivery import Clients, describe_error
from iamsql.aws.object_lease import lease
from iamsql.escaping import printable
from iamsql.model import IamsqlError

COMMAND = "run"
FAILED_EXIT_CODE = 2  # the exit code of a command that could not be done
WRITABLE_FOLDER = Path("/tmp")  # noqa: S108  # the only folder that a function can write
LEASE_KEY = "state/run-lease.json"  # in the archive
CONFIGURATION_VARIABLE, SECRETS_VARIABLE = "IAMSQL_CONFIGURATION_PARAMETER", "IAMSQL_SECRETS"
MAX_SHOWN_CHARACTERS = 60  # characters of an option that an error repeats
# The options that an event may have, with the form of their values: options of `iamsql run`, and after -- options of the sync.
FLAG_PATTERN, NUMBER_PATTERN = "", r"[0-9]{1,9}"
# The name of a benchmark, control, tag, query, table, event, region or unit.
NAME_PATTERN = r"[A-Za-z0-9_][A-Za-z0-9_.:*@-]{0,199}"
EVENT_OPTIONS = {
    "--benchmark": NAME_PATTERN, "--organization": r"[a-z0-9_-]{1,100}", "--fail-on": r"[a-z]{1,20}", "--strict": FLAG_PATTERN,
    "--no-resume": FLAG_PATTERN,
}  # fmt: skip
EVENT_SYNC_OPTIONS = {
    "--account": r"[0-9]{12}", "--ou": NAME_PATTERN, "--region": NAME_PATTERN, "--event": NAME_PATTERN,
    "--days": NUMBER_PATTERN, "--table": NAME_PATTERN, "--for": NAME_PATTERN,
    "--max-calls": NUMBER_PATTERN, "--strict": FLAG_PATTERN,
}  # fmt: skip


class RunFailedError(Exception):
    """A run that failed. Lambda counts the invocation as failed, and its log has the reason."""


def handler(event: Any, context: Any) -> Any:
    """Run iamsql and return its summary. `options` of the event is a list of more options, as `event_options` accepts them.

    Raise RunFailedError for exit code 2, and IamsqlError for other options, and if another invocation uses the archive: each
    invocation has its own files in /tmp.
    """
    options = event_options(event)
    prepare_environment(os.environ)
    archive = os.environ.get("IAMSQL_ARCHIVE", "")
    with _archive_lease(archive, context):
        code, output = invoke([COMMAND, *(["--archive", archive] if archive else []), *options])
    # The metric filter of the templates reads the summary, which is a line of JSON.
    print(output.rstrip("\n"), flush=True)
    if code == FAILED_EXIT_CODE:
        raise RunFailedError(
            f"iamsql {COMMAND} could not be done: exit code {code}. The log of the function has the reason."
        )
    return parse_summary(output)


def event_options(event: Any) -> list[str]:
    """Return the options of an event. Raise IamsqlError for an option that is not in EVENT_OPTIONS, and for another value.

    Who may only invoke the function chooses what is read and evaluated, and not which roles are assumed, what is written or
    deleted, and where findings go: the configuration in the template chooses that.
    """
    options = event.get("options", []) if isinstance(event, dict) else []
    if not isinstance(options, list) or not all(type(word) in (str, int) for word in options):
        raise IamsqlError('The options of an event are a list of texts, such as ["--benchmark", "cis_v7.0"].')
    texts, allowed_options = [str(word) for word in options], EVENT_OPTIONS
    remaining_texts = iter(texts)
    for text in remaining_texts:
        if text == "--" and allowed_options is EVENT_OPTIONS:
            allowed_options = EVENT_SYNC_OPTIONS
            continue
        name, has_value, value = text.partition("=")
        pattern = allowed_options.get(name)
        if pattern is None:
            raise _option_error(name, allowed_options)
        if pattern == FLAG_PATTERN and not has_value:
            continue
        if pattern == FLAG_PATTERN or not re.fullmatch(
            pattern, value if has_value else next(remaining_texts, ""), re.ASCII
        ):
            raise IamsqlError(f"The value of {name} in the options of the event is not valid.")
    return texts


def _option_error(name: str, allowed_options: Mapping[str, str]) -> IamsqlError:
    return IamsqlError(
        f"An event cannot set {printable(name[:MAX_SHOWN_CHARACTERS])!r}. Set it in the configuration of the function.\n"
        f"Options that an event can set: {', '.join(allowed_options)}"
    )


def _archive_lease(archive: str, context: Any) -> AbstractContextManager[None]:
    """Return the lease of the archive for the time that Lambda gives the invocation; none without an archive."""
    if not archive or context is None:
        return nullcontext()
    bucket, prefix = parse_archive(archive)
    return lease(Clients().client("s3"), bucket, f"{prefix}{LEASE_KEY}", context.get_remaining_time_in_millis() / 1000)


def prepare_environment(environment: Any, clients: Clients | None = None) -> None:
    """Set the folders of iamsql, write its configuration file, and set the variables of secrets.

    Raise IamsqlError for a parameter or secret that cannot be read.
    """
    environment["HOME"] = str(WRITABLE_FOLDER)  # Lambda sets HOME to a folder that is not writable
    environment.setdefault("IAMSQL_RUNS", str(WRITABLE_FOLDER / "runs"))
    environment.setdefault("XDG_CACHE_HOME", str(WRITABLE_FOLDER / "cache"))
    secrets = json.loads(environment.get(SECRETS_VARIABLE) or "{}")
    name = environment.get(CONFIGURATION_VARIABLE)
    if not (name or secrets):
        return
    open_clients = clients or Clients()
    for variable, arn in secrets.items():
        environment[variable] = read_secret(open_clients, arn)
    if name:
        environment["IAMSQL_CONFIG"] = str(
            _write_private(WRITABLE_FOLDER / "iamsql.toml", read_parameter(open_clients, name))
        )


def invoke(arguments: list[str]) -> tuple[int, str]:
    """Run a command in this process. Return its exit code and what it wrote on stdout; stderr goes to the log."""
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    original_hook = sys.excepthook  # a command replaces it
    try:
        with redirect_stdout(stdout):
            cli.main(arguments, prog_name="iamsql")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.excepthook = original_hook
    stdout.seek(0)
    return code, stdout.read()


def parse_summary(output: str) -> Any:
    """Return the last line of the output as JSON, or as text if it is not JSON."""
    line = output.rstrip("\n").rpartition("\n")[2]
    try:
        return json.loads(line)
    except ValueError:
        return line


def read_parameter(clients: Clients, name: str) -> str:
    """Return a parameter of Systems Manager, decrypted. Raise IamsqlError if it cannot be read."""
    client = clients.client("ssm", _parse_region(name))
    return str(_send_request(client.get_parameter, {"Name": name, "WithDecryption": True})["Parameter"]["Value"])


def read_secret(clients: Clients, arn: str) -> str:
    """Return a secret by the ARN of a parameter or of a secret. Raise IamsqlError if it cannot be read."""
    if ":secretsmanager:" not in arn:
        return read_parameter(clients, arn)
    client = clients.client("secretsmanager", _parse_region(arn))
    return str(_send_request(client.get_secret_value, {"SecretId": arn})["SecretString"])


def _send_request(request: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        response: Mapping[str, Any] = request(**parameters)
    except Exception as error:  # `describe_error` raises what is not an error of AWS
        message = f"{describe_error(error)}\nAllow the role of the function to read it."
        raise IamsqlError(message) from error
    return response


def _parse_region(name: str) -> str:
    return name.split(":")[3] if name.startswith("arn:") else ""


def _write_private(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    return path
