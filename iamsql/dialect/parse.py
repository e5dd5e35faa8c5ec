"""Parse SQL: fold unquoted names to lower case, name the columns of VALUES, and refuse statements that are not queries."""

from __future__ import annotations

import logging

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from iamsql.dialect.grammar import Steampipe
from iamsql.model import IamsqlError

logging.getLogger("sqlglot").disabled = True  # sqlglot would write to stderr the errors that iamsql reports
QUERY_NODES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values)


def parse(sql: str) -> list[exp.Expr]:
    """Parse SQL and return its statements; raise IamsqlError for a syntax error."""
    try:
        parsed = Steampipe().parse(sql)
    except (ParseError, TokenError) as error:
        raise IamsqlError(f"The SQL cannot be read as PostgreSQL: {_first_error(error)}") from error
    statements = [
        _name_columns_of_values(statement)
        for statement in parsed
        if statement is not None and not isinstance(statement, exp.Semicolon)
    ]
    # PostgreSQL folds unquoted names to lower case; DuckDB keeps their case and compares without regard to it.
    for node in [node for statement in statements for node in statement.walk()]:
        if isinstance(node, exp.Identifier) and not node.quoted:
            node.set("this", node.this.lower())
        elif isinstance(node, exp.RawString | exp.National | exp.ByteString):  # $$text$$, N'text', E'text'
            node.replace(exp.Literal.string(node.this))
        elif isinstance(node, exp.HexString | exp.BitString):
            raise IamsqlError(
                "Bit strings are not supported: write a number, or text in quotes without a letter before them."
            )
        elif isinstance(node, exp.Anonymous):
            name = node.this if isinstance(node.this, str) else node.this.name
            node.set("this", name.lower())
    return statements


def check_query(node: exp.Expr) -> None:
    """Raise IamsqlError for anything but a query that only reads; remove FOR UPDATE, which has no effect on a run file."""
    writing = exp.Insert | exp.Update | exp.Delete | exp.Create | exp.Drop | exp.Command
    for part in node.walk():
        if isinstance(part, exp.Into):
            raise IamsqlError("SELECT INTO creates a table, and a run file is read-only: leave INTO out.")
        if isinstance(part, writing) or not isinstance(node, QUERY_NODES):
            raise IamsqlError("Only queries can be run: SELECT, VALUES, WITH, TABLE, EXPLAIN and COPY (query) TO.")
        if isinstance(part, exp.Select) and part.args.get("locks"):
            part.set("locks", None)


def _name_columns_of_values(statement: exp.Expr) -> exp.Expr:
    """Wrap each VALUES that is a query: PostgreSQL names its columns column1, column2 and so on, DuckDB col0, col1."""
    for node in list(statement.find_all(exp.Values)):
        # from_clause.py names the columns of VALUES in FROM.
        if isinstance(node.parent, exp.From | exp.Join | exp.Lateral) or node.args.get("alias") is not None:
            continue
        alias = exp.TableAlias(this=exp.to_identifier("values_"))
        values = exp.Values(expressions=node.expressions, alias=alias)
        select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=values))
        if node is statement:
            return select
        node.replace(select)
    return statement


def _first_error(error: ParseError | TokenError) -> str:
    """Return the first error with its line, without the terminal escapes that sqlglot adds."""
    if isinstance(error, ParseError) and error.errors:
        first = error.errors[0]
        near = str(first.get("highlight") or "")
        location = f"line {first.get('line')}" + (f", near {near!r}" if near else "")
        return f"{str(first.get('description')).rstrip('.')} ({location})."
    return str(error).splitlines()[0]
