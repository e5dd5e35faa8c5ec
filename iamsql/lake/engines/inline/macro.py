"""Parse the statement that creates a macro. A statement is parsed once in a process, because most queries use the same macros."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from iamsql.lake.engines.inline import names
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.grammar import MacroDuckDB, parse_expression, parse_query

_TABLE_KEYWORD_PATTERN = re.compile(r"\s*table\b", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Macro:
    """A macro: its parameters with their defaults (None if required), and its body, a query if `is_table` is set."""

    name: str
    parameters: Mapping[str, exp.Expr | None]
    body: exp.Expr
    is_table: bool

    @cached_property
    def ctes(self) -> frozenset[str]:
        """Return the names of the CTEs of the body."""
        return frozenset(names.cte_names(self.body))

    @cached_property
    def tables(self) -> frozenset[str]:
        """Return the names without schema of the tables and views that the body reads."""
        return frozenset(names.read_tables(self.body))

    def arguments(self, call: Sequence[exp.Expr]) -> dict[str, exp.Expr]:
        """Map the parameters to the arguments of a call. Raise InlineError if they do not fit."""
        declared_names, arguments = list(self.parameters), dict[str, exp.Expr]()
        for position, argument in enumerate(call):
            if isinstance(argument, exp.PropertyEQ | exp.Kwarg):
                name, value = argument.this.name.lower(), argument.expression
            else:
                name, value = declared_names[position] if position < len(declared_names) else "", argument
            if name not in self.parameters or name in arguments:
                raise InlineError(f"{self.name} does not accept these arguments")
            arguments[name] = value
        return arguments | self._default_values(arguments)

    def _default_values(self, arguments: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
        defaults = {name: default for name, default in self.parameters.items() if name not in arguments}
        for name in (name for name, default in defaults.items() if default is None):
            raise InlineError(f"{self.name} lacks the argument {name}")
        return {name: default for name, default in defaults.items() if default is not None}


@lru_cache(maxsize=2048)
def parse_macro(statement: str) -> Macro:
    """Return the macro that a CREATE MACRO statement creates."""
    tokens = list(MacroDuckDB().tokenize(statement))
    start = next(index for index, token in enumerate(tokens) if token.text.lower() in ("macro", "function"))
    open_index = next(index for index in range(start, len(tokens)) if tokens[index].token_type == TokenType.L_PAREN)
    close_index = _closing_index(tokens, open_index)
    body = statement[tokens[close_index + 1].end + 1 :].rstrip().rstrip(";")  # after AS
    table_keyword = _TABLE_KEYWORD_PATTERN.match(body)
    parameters = dict(
        _parse_parameter(statement, part) for part in _split_at_commas(tokens[open_index + 1 : close_index])
    )
    tree = parse_query(body[table_keyword.end() :]) if table_keyword else parse_expression(body)
    return Macro(tokens[open_index - 1].text.lower(), parameters, tree, table_keyword is not None)


def _closing_index(tokens: Sequence[Token], open_index: int) -> int:
    """Return the index of the parenthesis that closes the parenthesis at `opened`."""
    depth = 0
    for index in range(open_index, len(tokens)):
        depth += (tokens[index].token_type == TokenType.L_PAREN) - (tokens[index].token_type == TokenType.R_PAREN)
        if depth == 0:
            return index
    raise InlineError("a macro without the end of its parameters")


def _split_at_commas(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Yield the tokens between commas that are not in parentheses, brackets or braces."""
    part_tokens, depth = list[Token](), 0
    for token in tokens:
        depth += (token.text in "([{") - (token.text in ")]}") if token.token_type != TokenType.STRING else 0
        if token.token_type == TokenType.COMMA and depth == 0:
            yield part_tokens
            part_tokens = []
        else:
            part_tokens.append(token)
    if part_tokens:
        yield part_tokens


def _parse_parameter(statement: str, tokens: Sequence[Token]) -> tuple[str, exp.Expr | None]:
    """Return the name of a parameter and its default."""
    name = tokens[0].text.lower()
    if len(tokens) == 1:
        return name, None
    return name, parse_expression(statement[tokens[2].start : tokens[-1].end + 1])  # after := or =>
