"""The command line of a query: its usage, an example, and the parameters that positional values belong to."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from iamsql.model import IamsqlError, Param, Query

# A plausible value of each parameter, by its name, then by its type.
EXAMPLE_VALUES = {
    "principal": "user/ana",
    "role": "role/operations",
    "action": "iam:CreateAccessKey",
    "access_key_id": "AKIAIOSFODNN7EXAMPLE",
    "account": "111122223333",
    "user_name": "ana",
    "questions": '[{"principal": "user/ana", "action": "iam:CreateUser"}]',
    "requests": '[{"action": "iam:CreateUser", "resource": "*"}]',
    "roles": '["role/operations", "role/deploy"]',
    "resource": "arn:aws:s3:::reports",
    "integer": "30",
    "double": "0.5",
    "boolean": "true",
    "date": "2026-03-01",
    "timestamp": "2026-03-01T10:11:12",
    "json": "{}",
}


def usage(query: Query) -> str:
    """Return the command that runs a query, such as `iamsql query can PRINCIPAL ACTION [RESOURCE]`."""
    params = {param.name: param for param in query.params}
    placeholders = [_placeholder(params[name]) for name in query.positional]
    placeholders += [
        f"--arg {name}=…" for name, param in params.items() if param.required and name not in query.positional
    ]
    command = "query" if query.kind == "report" else "check"
    return " ".join([f"iamsql {command} {query.name}", *placeholders])


def example(query: Query) -> str:
    """Return a command that runs a query with plausible values of its required parameters."""
    required_values = {param.name: example_value(param) for param in query.params if param.required}
    return command_line(query, required_values)


def example_value(param: Param) -> str:
    """Return a plausible value of a parameter, as text."""
    return EXAMPLE_VALUES.get(param.name) or EXAMPLE_VALUES.get(param.type) or "text"


def command_line(query: Query, values: Mapping[str, str]) -> str:
    """Return the command that runs a query with these values, quoted for a shell. Values are positional where possible."""
    command = "query" if query.kind == "report" else "check"
    arguments = ["iamsql", command, query.name]
    remaining_values = dict(values)
    for name in query.positional:
        if name not in remaining_values or remaining_values[name].startswith("-"):
            break
        arguments.append(remaining_values.pop(name))
    return shlex.join(arguments) + "".join(
        f" --arg {name}={shlex.quote(text)}" for name, text in remaining_values.items()
    )


def positional_problem(names: Sequence[str], params: Mapping[str, Param]) -> str:
    """Return the error of a list of positional parameters; '' if it is valid.

    Each parameter must be declared and listed once, and required parameters come first.
    """
    optional_name = ""
    for index, name in enumerate(names):
        if name not in params:
            close_names = get_close_matches(name, params, n=1)
            return (
                f"positional: there is no parameter {name}{f'; did you mean {close_names[0]}?' if close_names else ''}"
            )
        if name in names[:index]:
            return f"positional: {name} is listed twice"
        if params[name].required and optional_name:
            return f"positional: {name} is required, and must come before {optional_name}"
        optional_name = optional_name if params[name].required else name
    return ""


def with_positional(query: Query, values: Sequence[str], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments by name, with positional values added in the order that the query declares.

    Raise IamsqlError for too many values, and for a parameter that also has a value in `args`.
    """
    if len(values) > len(query.positional):
        if not query.positional:
            names = ", ".join(param.name for param in query.params)
            hint = f"\nGive its parameters by name: --arg NAME=VALUE ({names})" if names else ""
            raise IamsqlError(f"{query.name} takes no positional values.{hint}")
        raise IamsqlError(
            f"{query.name} takes at most {_positional_count(query)}, not {len(values)}.\nUsage: {usage(query)}"
        )
    positional_args = dict(zip(query.positional, values, strict=False))
    for name in positional_args:
        if name in args:
            raise IamsqlError(f"{query.name} has two values for {name}: a positional one and --arg {name}=…")
    return {**args, **positional_args}


def _placeholder(param: Param) -> str:
    return param.name.upper() if param.required else f"[{param.name.upper()}]"


def _positional_count(query: Query) -> str:
    number = len(query.positional)
    return f"{number} positional value{'' if number == 1 else 's'}"
