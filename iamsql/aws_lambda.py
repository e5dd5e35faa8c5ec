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
from iamsql.aws.delivery import Clients, failure
from iamsql.aws.object_lease import lease
from iamsql.escaping import printable
from iamsql.model import IamsqlError

COMMAND = "run"
FAILED = 2  # the exit code of a command that could not be done
FOLDER = Path("/tmp")  # noqa: S108  # the only folder that a function can write
LEASE = "state/run-lease.json"  # in the archive
CONFIGURATION, SECRETS = "IAMSQL_CONFIGURATION_PARAMETER", "IAMSQL_SECRETS"
MAX_SHOWN = 60  # characters of an option that an error repeats
# The options that an event may have, with the form of their values: options of `iamsql run`, and after -- options of the sync.
FLAG, NUMBER = "", r"[0-9]{1,9}"
NAME = r"[A-Za-z0-9_][A-Za-z0-9_.:*@-]{0,199}"  # of a benchmark, control, tag, query, table, event, region or unit
EVENT_OPTIONS = {
    "--benchmark": NAME, "--organization": r"[a-z0-9_-]{1,100}", "--fail-on": r"[a-z]{1,20}", "--strict": FLAG, "--no-resume": FLAG,
}  # fmt: skip
EVENT_SYNC_OPTIONS = {
    "--account": r"[0-9]{12}", "--ou": NAME, "--region": NAME, "--event": NAME, "--days": NUMBER, "--table": NAME, "--for": NAME,
    "--max-calls": NUMBER, "--strict": FLAG,
}  # fmt: skip


class RunFailed(Exception):
    """A run that failed. Lambda counts the invocation as failed, and its log has the reason."""


def handler(event: Any, context: Any) -> Any:
    """Run iamsql and return its summary. `options` of the event is a list of more options, as `event_options` accepts them.

    Raise RunFailed for exit code 2, and IamsqlError for other options, and if another invocation uses the archive: each invocation
    has its own files in /tmp.
    """
    options = event_options(event)
    prepare(os.environ)
    archive = os.environ.get("IAMSQL_ARCHIVE", "")
    with _archive_lease(archive, context):
        code, output = invoke([COMMAND, *(["--archive", archive] if archive else []), *options])
    # The metric filter of the templates reads the summary, which is a line of JSON.
    print(output.rstrip("\n"), flush=True)
    if code == FAILED:
        raise RunFailed(
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
    texts, allowed = [str(word) for word in options], EVENT_OPTIONS
    pending = iter(texts)
    for text in pending:
        if text == "--" and allowed is EVENT_OPTIONS:
            allowed = EVENT_SYNC_OPTIONS
            continue
        name, has_value, value = text.partition("=")
        pattern = allowed.get(name)
        if pattern is None:
            raise _refused_option(name, allowed)
        if pattern == FLAG and not has_value:
            continue
        if pattern == FLAG or not re.fullmatch(pattern, value if has_value else next(pending, ""), re.ASCII):
            raise IamsqlError(f"The value of {name} in the options of the event is not valid.")
    return texts


def _refused_option(name: str, allowed: Mapping[str, str]) -> IamsqlError:
    return IamsqlError(
        f"An event does not choose {printable(name[:MAX_SHOWN])!r}. Write it into the configuration of the function.\n"
        f"Here an event chooses: {', '.join(allowed)}"
    )


def _archive_lease(archive: str, context: Any) -> AbstractContextManager[None]:
    """Return the lease of the archive for the time that Lambda gives the invocation; none without an archive."""
    if not archive or context is None:
        return nullcontext()
    bucket, prefix = parse_archive(archive)
    return lease(Clients().client("s3"), bucket, f"{prefix}{LEASE}", context.get_remaining_time_in_millis() / 1000)


def prepare(environment: Any, clients: Clients | None = None) -> None:
    """Set the folders of iamsql, write its configuration file, and set the variables of secrets.

    Raise IamsqlError for a parameter or secret that cannot be read.
    """
    environment["HOME"] = str(FOLDER)  # of the function's user, and not writable
    environment.setdefault("IAMSQL_RUNS", str(FOLDER / "runs"))
    environment.setdefault("XDG_CACHE_HOME", str(FOLDER / "cache"))
    secrets = json.loads(environment.get(SECRETS) or "{}")
    name = environment.get(CONFIGURATION)
    if not (name or secrets):
        return
    open_clients = clients or Clients()
    for variable, arn in secrets.items():
        environment[variable] = read_secret(open_clients, arn)
    if name:
        environment["IAMSQL_CONFIG"] = str(_write_private(FOLDER / "iamsql.toml", read_parameter(open_clients, name)))


def invoke(arguments: list[str]) -> tuple[int, str]:
    """Run a command in this process. Return its exit code and what it wrote on stdout; stderr goes to the log."""
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    hook = sys.excepthook  # a command replaces it
    try:
        with redirect_stdout(stdout):
            cli.main(arguments, prog_name="iamsql")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    finally:
        sys.excepthook = hook
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
    client = clients.client("ssm", _region(name))
    return str(_read(client.get_parameter, {"Name": name, "WithDecryption": True})["Parameter"]["Value"])


def read_secret(clients: Clients, arn: str) -> str:
    """Return a secret by the ARN of a parameter or of a secret. Raise IamsqlError if it cannot be read."""
    if ":secretsmanager:" not in arn:
        return read_parameter(clients, arn)
    client = clients.client("secretsmanager", _region(arn))
    return str(_read(client.get_secret_value, {"SecretId": arn})["SecretString"])


def _read(request: Any, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        response: Mapping[str, Any] = request(**parameters)
    except Exception as error:  # `failure` raises what is not an error of AWS
        message = f"{failure(error)}\nAllow the role of the function to read it."
        raise IamsqlError(message) from error
    return response


def _region(name: str) -> str:
    return name.split(":")[3] if name.startswith("arn:") else ""


def _write_private(path: Path, text: str) -> Path:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
    return path
