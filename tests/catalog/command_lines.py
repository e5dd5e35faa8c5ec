"""Compare command lines of `-- remediation:` with the models of AWS and the options of iamsql."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import botocore.session
import click
from botocore import xform_name
from botocore.model import OperationModel, Shape

from iamsql.catalog import remediation
from iamsql.check.selection import CheckCatalog, load_catalog
from iamsql.cli import main
from iamsql.model import IamsqlError, Query

# The command in a comment such as `# In the management account: aws iam …`.
IN_COMMENT = re.compile(r"(?:^|: )((?:aws|iamsql) .*)$")
GLOBAL = {"region", "query", "output"}
# Options that the AWS CLI adds to the options of the API (awscli/customizations).
ADDED = {("iam", "create-virtual-mfa-device"): {"outfile", "bootstrap-method"}}
SERVICES = {"s3api": "s3", "configservice": "config"}  # commands that are not named like the service in botocore
CAPITALS = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True)
class AwsCommand:
    """An `aws` command: its words, and the values of its options; an option without values has []."""

    service: str
    operation: str
    options: Mapping[str, list[str]]


def command_line(fix: str) -> str:
    """Return the command of a line, or in a comment; '' for a comment in words only."""
    if not remediation.is_comment(fix):
        return fix
    match = IN_COMMENT.search(fix)
    return match[1] if match else ""


def problems(fix: str) -> list[str]:
    """Return what is wrong with a line: an unknown command or option, a required option that is missing, a wrong value."""
    line = command_line(fix)
    if not line:
        return []
    words = shlex.split(line)
    if words[0] == "aws":
        return _aws_problems(words)
    if words[0] == "iamsql":
        # The type of an option, such as an integer, must accept the value.
        return _iamsql_problems(
            shlex.split(remediation.fill_in(line, dict.fromkeys(remediation.placeholders([line]), 1)))
        )
    return [f"{words[0]} is neither aws nor iamsql"]


def words_to_replace(fix: str) -> set[str]:
    """Return the words in capitals that the user replaces by hand, such as POLICY_ARN."""
    words = shlex.split(command_line(fix))
    if words[:1] != ["aws"]:
        return {word for word in words if CAPITALS.fullmatch(word)}
    command = _parse(words)
    members = _members(_model(command.service, command.operation))
    options = set()
    for option, values in command.options.items():
        allowed = _enums(members[option]) if option in members else set()
        parts = [part.partition("=")[2] if "=" in part else part for value in values for part in value.split(",")]
        options |= {part for part in parts if CAPITALS.fullmatch(part) and part not in allowed}
    return options


# -- aws -------------------------------------------------------------------------------------------------------------------


def _aws_problems(words: list[str]) -> list[str]:
    try:
        command = _parse(words)
        model = _model(command.service, command.operation)
    except (ValueError, IndexError) as error:
        return [str(error)]
    members, added = _members(model), ADDED.get((command.service, command.operation), set())
    required = {_kebab(name) for name in (model.input_shape.required_members if model.input_shape else ())}
    problems = [f"--{name} is missing" for name in sorted(required - command.options.keys())]
    for option, values in command.options.items():
        name = option.removeprefix("no-") if option not in members else option
        if name in members:
            problems += _value_problems(option, members[name], values, is_negated=name != option)
        elif option not in GLOBAL | added:
            problems.append(f"{command.service} {command.operation} has no option --{option}")
    return problems


def _parse(words: list[str]) -> AwsCommand:
    """Parse the words of an `aws` command. Raise ValueError for a word that no option precedes."""
    _, service, operation, *remaining = words
    options: dict[str, list[str]] = {}
    last: list[str] | None = None
    for word in remaining:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            last = options[name] = [value] if equals else []
        elif last is None:
            raise ValueError(f"{word} follows no option")
        else:
            last.append(word)
    return AwsCommand(service, operation, options)


@cache
def _model(service: str, operation: str) -> OperationModel:
    """Return the model of an operation by the names of the AWS CLI. Raise ValueError for an unknown one."""
    session = botocore.session.get_session()
    model_name = SERVICES.get(service, service)
    if model_name not in session.get_available_services():
        raise ValueError(f"{service} is not a service")
    model = session.get_service_model(model_name)
    operations = {_kebab(name): name for name in model.operation_names}
    if operation not in operations:
        raise ValueError(f"{service} has no operation {operation}")
    return model.operation_model(operations[operation])


def _members(model: OperationModel) -> dict[str, Shape]:
    return {_kebab(name): shape for name, shape in model.input_shape.members.items()} if model.input_shape else {}


def _kebab(name: str) -> str:
    return str(xform_name(name, "-"))


def _value_problems(option: str, shape: Shape, values: list[str], is_negated: bool) -> Iterator[str]:
    """Yield what is wrong with the values of an option."""
    if shape.type_name == "boolean":
        if values:
            yield f"--{option} is a flag without a value"
        return
    if is_negated or not values or (len(values) > 1 and shape.type_name != "list"):
        yield f"--{option} needs {'values' if shape.type_name == 'list' else 'one value'}"
        return
    item = shape.member if shape.type_name == "list" else shape
    for value in values:
        yield from _text_problems(option, item, value)


def _text_problems(option: str, shape: Shape, value: str) -> Iterator[str]:
    if _is_open(value):
        return
    if shape.type_name == "structure":
        pairs = dict(pair.partition("=")[::2] for pair in value.split(","))
        for key in sorted(pairs.keys() - shape.members.keys()):
            yield f"--{option} has no member {key}"
        for key in sorted(set(shape.required_members) - pairs.keys()):
            yield f"--{option} needs {key}=…"
        for key in pairs.keys() & shape.members.keys():
            yield from _text_problems(f"{option} {key}", shape.members[key], pairs[key])
    elif shape.type_name in ("integer", "long") and not value.isdigit():
        yield f"--{option} is a number, not {value}"
    elif getattr(shape, "enum", ()) and value not in shape.enum:
        yield f"--{option} is not {value} but one of {', '.join(shape.enum)}"


def _is_open(value: str) -> bool:
    """Return whether the value is known only later: a placeholder, a word to replace by hand, or a file."""
    return value.startswith(("{", "file://")) or CAPITALS.fullmatch(value) is not None


def _enums(shape: Shape) -> set[str]:
    """Return the values that a shape or one of its members can have."""
    if shape.type_name == "structure":
        return {value for member in shape.members.values() for value in getattr(member, "enum", ())}
    item = shape.member if shape.type_name == "list" else shape
    return set(getattr(item, "enum", ()))


# -- iamsql ----------------------------------------------------------------------------------------------------------------


def _iamsql_problems(words: list[str]) -> list[str]:
    try:
        name, *arguments = words[1:]
        command = main.get_command(click.Context(main), name)
        if command is None:
            return [f"iamsql has no command {name}"]
        context = command.make_context(name, arguments)
    except (click.ClickException, click.exceptions.Exit, IamsqlError, ValueError) as error:
        return [str(error) or "the command has no name"]
    return list(_name_problems(name, context.params))


def _name_problems(command: str, params: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with the names of queries, controls and arguments."""
    arguments = [str(text).partition("=")[0] for text in _listed(params.get("args"))]
    query_name = str(params.get("text") or params.get("name") or "")
    if command in ("query", "queries") and " " not in query_name:  # with a space, the text is SQL
        query = _query(query_name)
        if query is None:
            yield f"there is no query {query_name}"
            return
        values = _listed(params.get("values"))
        arguments += query.positional[: len(values)]
        if len(values) > len(query.positional):
            yield f"{query.name} takes {len(query.positional)} positional values, not {len(values)}"
        declared = {param.name: param.required for param in query.params}
        yield from (f"{query.name} has no parameter {name}" for name in arguments if name not in declared)
        lacking = [name for name, required in declared.items() if required and name not in arguments]
        yield from (f"{query.name} needs {name}" for name in lacking if command == "query")
    elif command == "check":
        checks = _checks()
        check_names = {*checks.benchmarks, *checks.controls, *checks.tags, "all"}
        yield from (f"there is no control {name}" for name in _listed(params["names"]) if name not in check_names)


@cache
def _checks() -> CheckCatalog:
    return load_catalog()


def _query(name: str) -> Query | None:
    versions = _checks().queries.get(name)
    return versions[-1] if versions else None


def _listed(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()
