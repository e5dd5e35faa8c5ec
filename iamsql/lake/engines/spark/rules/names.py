"""Literals, names and structs."""

from __future__ import annotations

from sqlglot import exp

from iamsql.lake.engines.spark.errors import Untranslatable
from iamsql.lake.engines.spark.registry import Translator, syntax
from iamsql.lake.engines.spark.rules.json_values import exact_text
from iamsql.lake.engines.spark.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, Type
from iamsql.lake.engines.spark.values import Value, literal, member_of, null, struct


@syntax(exp.Literal)
def _literal(node: exp.Expr, of: Translator) -> Value:
    if node.is_string:
        return literal(node.name)
    if node.is_int:
        return Value(node.name, INTEGER if int(node.name) < 2**31 else BIGINT)
    if "e" in node.name.lower():
        return Value(f"{node.name}D", DOUBLE)
    whole, _, fraction = node.name.partition(".")
    return Value(f"{node.name}BD", Type("decimal", parameters=f"{len(whole) + len(fraction)},{len(fraction)}"))


@syntax(exp.Boolean)
def _boolean(node: exp.Expr, _: Translator) -> Value:
    return Value("true" if node.this else "false", BOOLEAN)


@syntax(exp.Null)
def _null(_: exp.Expr, __: Translator) -> Value:
    return null()


@syntax(exp.Paren)
def _paren(node: exp.Expr, of: Translator) -> Value:
    return of.value(node.this)


@syntax(exp.Column)
def _column(node: exp.Expr, of: Translator) -> Value:
    parts = [node.args[key].name for key in ("catalog", "db", "table", "this") if node.args.get(key) is not None]
    value = of.scope.column(parts)
    if value is not None:
        return value
    if len(parts) == 1 and parts[0] in of.scope.aliases:
        return of.value(of.scope.aliases[parts[0]])
    raise Untranslatable(f"there is no column {'.'.join(parts)}")


@syntax(exp.Identifier)
def _identifier(node: exp.Expr, of: Translator) -> Value:
    return _column(exp.Column(this=node.copy()), of)


@syntax(exp.Dot)
def _dot(node: exp.Expr, of: Translator) -> Value:
    return member_of(of.value(node.this), node.expression.name)


@syntax(exp.Struct)
def _struct(node: exp.Expr, of: Translator) -> Value:
    parts = {part.this.name: of.value(part.expression) for part in node.expressions}
    return struct({key: Value(exact_text(part), part.type) if part.root else part for key, part in parts.items()})
