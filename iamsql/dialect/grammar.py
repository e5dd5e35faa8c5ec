"""PostgreSQL's grammar: sqlglot's parser with the operator precedence of PostgreSQL.

Every call is parsed as exp.Anonymous, including calls with special syntax such as EXTRACT, so a function is rewritten or
refused by its name. `->` is an operator and never starts a lambda.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.parser import binary_range_parser
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import TokenType

from iamsql.dialect.refusals import function_hint
from iamsql.model import IamsqlError


class WithinEq(exp.Expression, exp.Binary):
    """`a <<= b`: a network is inside another or equal to it; refused."""


class CoversEq(exp.Expression, exp.Binary):
    """`a >>= b`: a network contains another or equals it; refused."""


class PathMatch(exp.Expression, exp.Binary):
    """`a @@ b`: the result of a JSON path predicate for a document; refused."""


OPERATORS: dict[str, type[exp.Expr]] = {
    "->": exp.JSONExtract,
    "->>": exp.JSONExtractScalar,
    "#>": exp.JSONBExtract,
    "#>>": exp.JSONBExtractScalar,
    "#-": exp.JSONBDeleteAtPath,
    "@>": exp.ArrayContainsAll,
    "<@": exp.ArrayContainedBy,
    "@?": exp.JSONBPathExists,
    "@@": PathMatch,
    "?": exp.JSONBContainsTopKey,
    "?|": exp.JSONBContainsAnyTopKeys,
    "?&": exp.JSONBContainsAllTopKeys,
    "&&": exp.ArrayOverlaps,
    "||": exp.DPipe,
    "~": exp.RegexpLike,
    "~*": exp.RegexpILike,
    "~~": exp.Like,
    "~~*": exp.ILike,
    "^@": exp.StartsWith,
    "<<": exp.BitwiseLeftShift,  # or a network is strictly inside another
    "<<=": WithinEq,
    ">>": exp.BitwiseRightShift,
    ">>=": CoversEq,
    "&": exp.BitwiseAnd,
    "|": exp.BitwiseOr,
    "#": exp.BitwiseXor,
}
# sqlglot's tokenizer splits these operators.
SPLIT_OPERATORS = {("<", "<"): "<<", (">", ">"): ">>", ("<", "<="): "<<=", (">", ">="): ">>="}
NEGATABLE_OPERATORS = {"~", "~*", "~~", "~~*"}
INTERVAL_UNITS = "year years month months week weeks day days hour hours minute minutes second seconds".split()


def _anonymous_call(name: str, *args: exp.Expr | None) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=[arg for arg in args if arg is not None])


class SteampipeParser(PostgresParser):
    """sqlglot's parser of PostgreSQL, which leaves calls and operators untranslated."""

    # sqlglot turns the functions, literals and operators of these tables into its own classes, which it later writes
    # for the other dialect by its own rules.
    FUNCTIONS: ClassVar[dict[str, Callable[..., Any]]] = {}
    ARRAY_CONSTRUCTORS: ClassVar[dict[str, type[exp.Func]]] = {"ARRAY": exp.Array}
    TYPE_LITERAL_PARSERS: ClassVar[dict[Any, Any]] = {}
    JSON_OPERATORS: ClassVar[dict[TokenType, Callable[..., Any]]] = {}
    LAMBDAS: ClassVar[dict[TokenType, Callable[..., Any]]] = {  # FARROW is => of named arguments
        TokenType.FARROW: PostgresParser.LAMBDAS[TokenType.FARROW]
    }
    NO_PAREN_FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        word: PostgresParser.NO_PAREN_FUNCTION_PARSERS[word] for word in ("ANY", "CASE", "VARIADIC")
    }
    FUNCTION_PARSERS: ClassVar[dict[str, Callable[..., Any]]] = {
        "CAST": PostgresParser.FUNCTION_PARSERS["CAST"],
        "EXTRACT": lambda self: self._read_extract(),
        "OVERLAY": lambda self: self._read_overlay(),
        "POSITION": lambda self: self._read_position(),
        "SUBSTRING": lambda self: self._read_substring(),
        "TRIM": lambda self: self._read_trim(),
    }
    RANGE_PARSERS: ClassVar[dict[TokenType, Callable[..., Any]]] = {
        **{
            token_type: PostgresParser.RANGE_PARSERS[token_type]
            for token_type in (
                *(TokenType.BETWEEN, TokenType.ILIKE, TokenType.IN, TokenType.IS, TokenType.LIKE),
                TokenType.SIMILAR_TO,
            )
        },
        TokenType.OVERLAPS: binary_range_parser(exp.Overlaps),
    }
    COLUMN_OPERATORS: ClassVar[dict[TokenType, Any]] = {
        TokenType.DOT: None,
        TokenType.DCOLON: PostgresParser.COLUMN_OPERATORS[TokenType.DCOLON],
    }

    def _parse_bitwise(self) -> exp.Expr | None:
        """Parse the operators that PostgreSQL's table of precedence calls "any other": one level, left-associative."""
        this = self._parse_term()
        while this is not None:
            index = self._index
            negated, symbol = self._read_operator()
            if symbol is None:
                self._retreat(index)
                break
            node = OPERATORS[symbol](this=this, expression=self._parse_term())
            if negated and isinstance(node, exp.Like | exp.ILike):
                node.set("negate", True)
            elif negated:
                node.meta["negated"] = True  # !~ ANY differs from NOT (~ ANY); library/patterns.py distinguishes them
                node = exp.Not(this=node)
            this = self.expression(node)
        return this

    def _read_operator(self) -> tuple[bool, str | None]:
        negated = self._curr.text == "!" and self._next.text in NEGATABLE_OPERATORS
        if negated:
            self._advance()
        symbol = self._curr.text if self._curr.token_type not in (TokenType.STRING, TokenType.IDENTIFIER) else ""
        # `a < < b` is not an operator: the tokens must touch.
        if symbol in ("<", ">") and self._next and self._curr.end + 1 == self._next.start:
            symbol = SPLIT_OPERATORS.get((symbol, self._next.text), "")
            self._advance(1 if symbol else 0)
        if symbol not in OPERATORS:
            return False, None
        self._advance()
        return negated, symbol

    def _parse_type(self, parse_interval: bool = True, fallback_to_identifier: bool = False) -> exp.Expr | None:
        """Parse timestamp '2024-01-01'::date as a cast of a cast: a type before a string applies to the string alone."""
        index = self._index
        if not self._match_set((TokenType.STRING, TokenType.NUMBER, TokenType.INTERVAL), advance=False):
            target = self._parse_types(check_func=True, allow_identifiers=False)
            if isinstance(target, exp.DataType) and self._match(TokenType.STRING, advance=False):
                return self._parse_column_ops(self.expression(exp.Cast(this=self._parse_primary(), to=target)))
            self._retreat(index)
        return super()._parse_type(parse_interval, fallback_to_identifier)

    def _parse_interval(self, require_interval: bool = True, parse_function_unit: bool = True) -> Any:
        """Parse interval '90' day as a cast of '90 day'; library/intervals.py reads the string."""
        index = self._index
        if not self._match(TokenType.INTERVAL) or not self._match(TokenType.STRING):
            self._retreat(index)
            return None
        value = self._prev.text
        if self._curr.text.lower() in INTERVAL_UNITS:
            self._advance()
            value = f"{value} {self._prev.text.lower()}"
            if self._match_text_seq("TO"):
                self.raise_error("Intervals with TO are not supported")
        return exp.Cast(this=exp.Literal.string(value), to=exp.DataType.build("interval"))

    def _parse_primary(self) -> exp.Expr | None:
        primary = super()._parse_primary()
        if isinstance(primary, exp.Concat):  # adjacent strings 'a' 'b' are one string
            return exp.Literal.string("".join(part.this for part in primary.expressions))
        return primary

    def _parse_unnest(self, with_alias: bool = True) -> exp.Unnest | None:
        return None  # unnest() in FROM is parsed as any other function

    def _read_overlay(self) -> exp.Expr:
        raise IamsqlError(f"The PostgreSQL function overlay() is not supported.{function_hint('overlay')}")

    def _read_extract(self) -> exp.Expr:
        token = self._curr
        self._advance()
        if not self._match_text_seq("FROM"):
            self.raise_error("Expected FROM after the field of EXTRACT")
        return _anonymous_call("extract", exp.Literal.string(token.text.lower()), self._parse_assignment())

    def _read_position(self) -> exp.Expr:
        needle = self._parse_bitwise()
        if not self._match(TokenType.IN):
            self.raise_error("Expected IN in POSITION")
        return _anonymous_call("position", needle, self._parse_bitwise())

    def _read_substring(self) -> exp.Expr:
        this = self._parse_assignment()
        if self._match_text_seq("SIMILAR"):
            self.raise_error(
                "substring(text SIMILAR pattern ESCAPE letter) is not supported: use DuckDB's regexp_extract"
            )
        if self._match_text_seq("FOR"):
            size = self._parse_assignment()
            start = self._parse_assignment() if self._match_text_seq("FROM") else exp.Literal.number(1)
            return _anonymous_call("substring", this, start, size)
        args = []
        while self._match_text_seq("FROM") or self._match_text_seq("FOR") or self._match(TokenType.COMMA):
            args.append(self._parse_assignment())
        return _anonymous_call("substring", this, *args)

    def _read_trim(self) -> exp.Expr:
        # These are the names of the functions that PostgreSQL calls, and of the result columns.
        side = next((word for word in ("BOTH", "LEADING", "TRAILING") if self._match_text_seq(word)), "BOTH")
        name = {"BOTH": "btrim", "LEADING": "ltrim", "TRAILING": "rtrim"}[side]
        first = None if self._match_text_seq("FROM") else self._parse_assignment()
        if first is None or self._match_text_seq("FROM"):
            return _anonymous_call(name, self._parse_assignment(), first)
        return _anonymous_call(name, first, self._parse_assignment() if self._match(TokenType.COMMA) else None)


class Steampipe(Postgres):
    """PostgreSQL as in the queries of Steampipe."""

    INDEX_OFFSET = 0  # otherwise sqlglot subtracts 1 from literal subscripts, and both databases count from 1

    class Tokenizer(Postgres.Tokenizer):
        """PostgreSQL's tokens without geometric operators; GLOB is a name, because Steampipe has a function glob()."""

        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            word: token_type
            for word, token_type in Postgres.Tokenizer.KEYWORDS.items()
            if word not in ("GLOB", "~~~", "??", "<->", "<<->>")
        }

    Parser = SteampipeParser
