"""Write a query as a table macro, so any DuckDB client can call it in a run file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from iamsql.catalog.lexer import code_end, tokens
from iamsql.catalog.params import sql_type
from iamsql.model import IamsqlError, Param, Query
from iamsql.sqltext import identifier, literal


def macro_sql(query: Query) -> str:
    """Return the statement that creates a query's table macro. Parameters without a default are required."""
    ordered_params = sorted(
        query.params, key=lambda param: not param.required
    )  # DuckDB expects required parameters first
    parameters = ", ".join(_macro_parameter(param) for param in ordered_params)
    return _macro_statement(query, parameters, {param.name: identifier(param.name) for param in query.params})


def run_file_macro_sql(query: Query) -> str:
    """Return the statement that creates a query's table macro in a run file, whose parameters have the order of `macro_sql`.

    DuckDB 1.2 and 1.3 accept the name of a parameter only if the parameter has a default. A required parameter has the default
    NULL, which raises an error that names the parameter. A value that its type refuses, such as an unknown action, also
    raises an error.
    """
    ordered_params = sorted(query.params, key=lambda param: not param.required)
    parameters = ", ".join(f"{identifier(param.name)} := {default_literal(param.default)}" for param in ordered_params)
    return _macro_statement(query, parameters, {param.name: _checked_value(query, param) for param in ordered_params})


def _macro_statement(query: Query, parameters: str, values: Mapping[str, str]) -> str:
    return f"CREATE OR REPLACE MACRO {identifier(query.macro)}({parameters}) AS TABLE\n{_macro_body(query, values)}\n"


def _macro_body(query: Query, values: Mapping[str, str]) -> str:
    """Return the query with each `$name` replaced by a cast of the value of the parameter."""
    # The parameters of DuckDB's macros have no types. The cast gives each parameter its declared type.
    end = code_end(query.sql)
    types = {param.name: sql_type(param.type) for param in query.params}
    parts, offset = [], 0
    for token in tokens(query.sql):
        if token.type == "param" and token.start < end:
            if token.name not in types:
                raise IamsqlError(f"{query.path or query.name}: ${token.name} is not declared")
            parts += [query.sql[offset : token.start], f"cast({values[token.name]} as {types[token.name]})"]
            offset = token.stop
    return "".join([*parts, query.sql[offset:end]]).strip()


def _macro_parameter(param: Param) -> str:
    name = identifier(param.name)
    return name if param.required else f"{name} := {default_literal(param.default)}"


def _checked_value(query: Query, param: Param) -> str:
    """Return the value of a parameter, or an error if it is wrong. DuckDB reduces the CASE to the value of a constant."""
    name = identifier(param.name)
    if param.type in _DOMAIN_CHECKS and sql_type(param.type) == "json":
        name = f"cast({name} as json)"  # the caller can also give a list of structs or texts
    branches = []
    if param.required:
        message = f"{query.macro}() requires a value for {param.name}: {query.macro}({param.name} := ...)"
        branches.append(f"when {name} is null then error({literal(message)})")
    if param.type in _DOMAIN_CHECKS:
        condition, problem = _DOMAIN_CHECKS[param.type]
        not_empty = "" if param.required else f"{name} <> '' and "
        shown_value = f"left(cast({name} as varchar), 100)"
        text = f"concat({literal(f'{query.macro}(): {param.name} ')}, {shown_value}, {literal(f' {problem}')})"
        branches.append(f"when {not_empty}{condition.format(name)} then error({text})")
    value = f"rtrim({name}, '!')" if param.type == "action" else name
    return f"case {' '.join(branches)} else {value} end" if branches else value


# The condition that a value of a domain type is wrong, and the end of the error.
_DOMAIN_CHECKS = {
    "principal": ("not iam_is_caller({})", "is not the ARN of a user, role or other caller"),
    "role": ("not regexp_full_match({}, 'arn:aws[a-z-]*:iam::[0-9]{{12}}:role/.+', 's')", "is not the ARN of a role"),
    "action": (
        "not iam_is_action({})",
        "is not an action such as iam:CreateUser; add ! to an action that is newer than iam_fact_sources() says",
    ),
    "resource": ("not iam_is_resource({})", "is not an ARN, * (all resources) or any (some resource)"),
    "access_key": ("not regexp_full_match(trim({}), 'A[A-Z]{{3}}[A-Z0-9]{{0,124}}')", "is not the ID of an access key"),
    "account": ("not regexp_full_match({}, '[0-9]{{12}}')", "is not the ID of an account"),
    "service": ("iam_service_actions({}) = ''", "is not the prefix of a service such as iam"),
    "questions": (
        "json_type({0}) <> 'ARRAY' or iam_wrong_question({0}) is not null",
        "is not a list of questions with a valid principal, action and resource",
    ),
    "requests": (
        "json_type({0}) <> 'ARRAY' or iam_wrong_request({0}) is not null",
        "is not a list of requests with a valid action and resource",
    ),
    "roles": ("json_type({0}) <> 'ARRAY' or iam_wrong_role({0}) is not null", "is not a list of the ARNs of roles"),
}


def default_literal(value: Any) -> str:
    """Return a default value of front matter as an SQL literal."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(default_literal, value)) + "]"
    return literal(value.isoformat() if isinstance(value, date | datetime) else value)
