"""From text to statements: names in the case that they have, VALUES with the names of its columns, faults in our own words."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from iamsql.dialect.grammar import Steampipe
from iamsql.model import IamsqlError


def parse(sql: str) -> list[exp.Expr]:
    """Read statements; unquoted names come in lower case."""
    try:
        with _quiet():
            parsed = Steampipe().parse(sql)
        statements = [one for one in parsed if one is not None and not isinstance(one, exp.Semicolon)]
    except (ParseError, TokenError) as error:
        raise IamsqlError(f"The SQL cannot be read as PostgreSQL: {_said(error)}") from error
    statements = [_named_values(statement) for statement in statements]
    for statement in statements:
        for node in statement.walk():
            if isinstance(node, exp.Identifier) and not node.quoted:
                node.set("this", node.this.lower())
            elif isinstance(node, exp.Anonymous):
                name = node.this if isinstance(node.this, str) else node.this.name
                node.set("this", name.lower())
    return statements


def _named_values(statement: exp.Expr) -> exp.Expr:
    """Give the columns of VALUES that stands for a query the names column1, column2 …, which DuckDB does not."""
    for node in list(statement.find_all(exp.Values)):
        if isinstance(node.parent, exp.From | exp.Join | exp.Lateral) or node.args.get("alias") is not None:
            continue
        alias = exp.TableAlias(this=exp.to_identifier("values_"))
        values = exp.Values(expressions=node.expressions, alias=alias)
        select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=values))
        if node is statement:
            return select
        node.replace(select)
    return statement


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep sqlglot from writing to stderr what is refused in our own words."""
    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def _said(error: ParseError | TokenError) -> str:
    """Say what is wrong and where, without the marks that sqlglot puts around the place."""
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        near = str(first.get("highlight") or "")
        place = f"line {first.get('line')}" + (f", near {near!r}" if near else "")
        return f"{str(first.get('description')).rstrip('.')} ({place})."
    return str(error).splitlines()[0]
