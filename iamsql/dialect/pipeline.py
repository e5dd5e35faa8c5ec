"""Translate statements in four steps: parse, resolve names and types, rewrite from the leaves to the root, write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from sqlglot import exp

from iamsql.dialect import build
from iamsql.dialect.from_clause import SetReturning
from iamsql.dialect.parse import check_query, parse
from iamsql.dialect.registry import (
    MACRO_RETURN_TYPES,
    REFUSED_OPERATORS,
    SAME_IN_DUCKDB,
    registry,
    unsupported_arguments_error,
    unsupported_function_error,
    unsupported_operator_error,
)
from iamsql.dialect.resolve import Resolver
from iamsql.dialect.typing import Types
from iamsql.dialect.write import write
from iamsql.model import IamsqlError

_EXPLAIN_OPTIONS_PATTERN = re.compile(r"\s*(analyze\b|verbose\b|\([^)]*\))*\s*", re.IGNORECASE)
_MACRO_NAME_PATTERN = re.compile(r"\bpg_\w+")
_CREATE_MACRO_PATTERN = re.compile(r"create or replace macro (\w+).*", re.DOTALL)

Tables = Mapping[str, Mapping[str, str]]


class Translation(NamedTuple):
    """The SQL for DuckDB, and the statements that create its macros; a macro follows the macros that it calls."""

    sql: str
    macros: tuple[str, ...]


def translate(sql: str, columns: Tables) -> Translation:
    """Translate statements of PostgreSQL; `columns` maps each table to its columns and their DuckDB types.

    Raise IamsqlError for SQL that is not known to mean the same in DuckDB.
    """
    translator = _Translator(columns)
    try:
        statements = parse(sql)
        if not statements:
            raise IamsqlError("There is no SQL statement to run.")
        translated = ";\n".join(map(translator.statement, statements))
    except RecursionError:  # the parser of sqlglot is recursive
        raise IamsqlError("The SQL is nested too deeply to be read as PostgreSQL.") from None
    return Translation(translated, needed_macros(translated))


class _Translator:
    """Translates the statements of one string of SQL."""

    def __init__(self, columns: Tables) -> None:
        self._registry = registry()
        self._types = Types(self._registry.return_types, self._registry.operators[exp.Cast])
        self._columns = columns

    def statement(self, node: exp.Expr) -> str:
        """Return the SQL of a statement: a query, EXPLAIN, or COPY (query) TO."""
        # sqlglot keeps the statement after EXPLAIN as text.
        if isinstance(node, exp.Command) and str(node.this).upper() == "EXPLAIN":
            text = node.expression.name if node.expression else ""
            if not (explained := parse(_EXPLAIN_OPTIONS_PATTERN.sub("", text, count=1))):
                raise IamsqlError("EXPLAIN needs a query after it.")
            return "explain " + self.statement(explained[0])
        if isinstance(node, exp.Copy):
            copied = self._translate_query(node.this.this if isinstance(node.this, exp.Subquery) else node.this)
            arguments = write(node).removeprefix("COPY ")
            return f"copy ({copied}) {arguments[arguments.rindex(' TO ') + 1 :]}"
        return self._translate_query(node)

    def _translate_query(self, node: exp.Expr) -> str:
        check_query(node)
        Resolver(self._columns, self._types).query(node, None, {})
        return write(self._rewrite(node))

    def _rewrite(self, root: exp.Expr) -> exp.Expr:
        """Rewrite every node after its children, and return the root, which a rewrite may have replaced."""
        # Nodes that a rewrite creates are not visited: they are DuckDB's already.
        for node in reversed(list(root.walk())):
            new = self._rewrite_node(node)
            if new is not None and new is not node:
                new.meta.setdefault("type", self._types.of(node))
                node.replace(new)
                root = new if node is root else root
        return root

    def _rewrite_node(self, node: exp.Expr) -> exp.Expr | None:
        if isinstance(node, SetReturning):
            return self._rewrite_call(node.this, bool(node.args.get("ordinality")))
        if isinstance(node, exp.Anonymous):
            # A set-returning parent rewrites its call.
            return None if isinstance(node.parent, SetReturning) else self._rewrite_call(node)
        for rewrite in self._registry.operators.get(type(node), ()):
            if (new := rewrite(node, self._types)) is not None:
                return new
        if type(node) in REFUSED_OPERATORS:
            raise unsupported_operator_error(node, self._types)
        return None

    def _rewrite_call(self, call: exp.Expr, ordinality: bool = False) -> exp.Expr:
        """Rewrite a call. The rows of a set-returning function, or with `ordinality` their numbers, are unnested."""
        name = str(call.this)
        try:
            if name in self._registry.set_returning:
                rows = self._registry.set_returning[name].rewrite(call, self._types) or call
                if ordinality:
                    rows = build.call("generate_series", build.number(1), build.call("len", rows))
                return build.call("unnest", rows)
            if ordinality:
                return build.number(1)  # any other function in FROM returns one row
            if name in self._registry.functions:
                return self._registry.functions[name].rewrite(call, self._types) or call
            if name in MACRO_RETURN_TYPES:
                return _call_macro(call)
        except (IndexError, ValueError) as error:  # a rewrite unpacks the arguments that its function requires
            raise unsupported_arguments_error(call) from error
        if name not in SAME_IN_DUCKDB:
            raise unsupported_function_error(name)
        return call


@cache
def _macro_statements() -> dict[str, str]:
    """Return the statement of each macro of the folder `macros`, by the macro's name."""
    folder = files("iamsql.dialect") / "macros"
    scripts = (entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql"))
    # No macro has a semicolon at the end of a line before its own end.
    statements = (_CREATE_MACRO_PATTERN.search(part) for script in scripts for part in script.split(";\n"))
    return {statement[1]: statement[0].strip().removesuffix(";") for statement in statements if statement}


def _call_macro(call: exp.Expr) -> exp.Expr:
    """Call the macro that replaces a function; raise IamsqlError for a wrong number of arguments."""
    name = f"pg_{call.this}"
    parameters = _macro_statements()[name].partition("(")[2].partition(") as")[0].split(", ")
    names = [parameter.partition(" ")[0] for parameter in parameters]
    for argument in call.find_all(exp.Kwarg):
        if argument.name.lower() not in names:
            raise IamsqlError(f"{call.this} has no argument {argument.name}; it has {', '.join(names)}.")
    required_count = sum(":=" not in parameter for parameter in parameters)
    if not required_count <= len(call.expressions) <= len(parameters):
        raise unsupported_arguments_error(call)
    return build.call(name, *call.expressions)


def needed_macros(sql: str) -> tuple[str, ...]:
    """Return the statements that create the macros which SQL calls, directly or through other macros."""
    macros, created_macros = _macro_statements(), dict[str, str]()

    def create(name: str) -> None:
        if name in created_macros or name not in macros:
            return
        statement = macros[name]
        for called in _MACRO_NAME_PATTERN.findall(statement):
            if called != name:
                create(called)
        # TEMP macros, because a run file is opened read-only.
        created_macros[name] = statement.replace("create or replace macro", "create or replace temp macro", 1)

    for name in _MACRO_NAME_PATTERN.findall(sql):
        create(name)
    return tuple(created_macros.values())
