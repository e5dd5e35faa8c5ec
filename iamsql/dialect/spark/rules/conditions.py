"""Literals, comparisons, logic, CASE and the other expressions that have no functions."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.spark.errors import Untranslatable
from iamsql.dialect.spark.registry import Translator, syntax
from iamsql.dialect.spark.rules.json_values import exact_text, is_json_null, without_json_null
from iamsql.dialect.spark.types import BIGINT, BOOLEAN, DOUBLE, INTEGER, Type, common
from iamsql.dialect.spark.values import Value, call, cast, literal, member_of, null, struct

_COMPARISONS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}


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


@syntax(exp.And, exp.Or)
def _connector(node: exp.Expr, of: Translator) -> Value:
    word = "AND" if isinstance(node, exp.And) else "OR"
    return Value(f"({of.value(node.this).sql} {word} {of.value(node.expression).sql})", BOOLEAN)


@syntax(exp.Not)
def _not(node: exp.Expr, of: Translator) -> Value:
    return Value(f"(NOT {of.value(node.this).sql})", BOOLEAN)


def operands(left: Value, right: Value) -> tuple[str, str]:
    """Return both operands of a comparison in their common type."""
    if "json" in (left.type.name, right.type.name):
        return exact_text(left), exact_text(right)
    if {left.type.name, right.type.name} & {"varchar"} and left.type != right.type:
        # DuckDB converts the text of a literal to the type of the other operand, and any other value to text.
        kind = (
            right.type
            if left.text is not None
            else left.type
            if right.text is not None
            else common([left.type, right.type])
        )
    else:
        kind = common([left.type, right.type])
    if (
        kind.name in ("list", "struct", "null")
        or left.type == right.type
        or (left.type.is_number and right.type.is_number)
    ):
        return left.sql, right.sql
    return cast(left, kind).sql, cast(right, kind).sql


@syntax(*_COMPARISONS)
def _comparison(node: exp.Expr, of: Translator) -> Value:
    left, right = operands(of.value(node.this), of.value(node.expression))
    return Value(f"({left} {_COMPARISONS[type(node)]} {right})", BOOLEAN)


@syntax(exp.NullSafeEQ, exp.NullSafeNEQ)
def _distinct_from(node: exp.Expr, of: Translator) -> Value:
    left, right = operands(of.value(node.this), of.value(node.expression))
    same = f"({left} <=> {right})"
    return Value(same if isinstance(node, exp.NullSafeEQ) else f"(NOT {same})", BOOLEAN)


@syntax(exp.Is)
def _is(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    if isinstance(node.expression, exp.Boolean):
        return Value(f"({value.sql} <=> {str(node.expression.this).lower()})", BOOLEAN)
    if not isinstance(node.expression, exp.Null):
        raise Untranslatable("IS has another operand than NULL, TRUE and FALSE")
    if value.parts:
        return Value("false", BOOLEAN)
    is_null = f"({value.sql} IS NULL)"
    return Value(f"({is_null} AND NOT {is_json_null(value)})" if value.root else is_null, BOOLEAN)


@syntax(exp.Between)
def _between(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    low = operands(value, of.value(node.args["low"]))
    high = operands(value, of.value(node.args["high"]))
    return Value(f"(({low[0]} >= {low[1]}) AND ({high[0]} <= {high[1]}))", BOOLEAN)


@syntax(exp.In)
def _in(node: exp.Expr, of: Translator) -> Value:
    value = of.value(node.this)
    if (query := node.args.get("query")) is not None:
        sql, _ = of.query(query.this if isinstance(query, exp.Subquery) else query)
        return Value(f"({value.sql} IN ({sql}))", BOOLEAN)
    if node.args.get("unnest") or node.args.get("field"):
        raise Untranslatable("IN has a list that is no list of values")
    pairs = [operands(value, of.value(item)) for item in node.expressions]
    if len({left for left, _ in pairs}) > 1:
        return Value("(" + " OR ".join(f"({left} = {right})" for left, right in pairs) + ")", BOOLEAN)
    return Value(f"({pairs[0][0]} IN ({', '.join(right for _, right in pairs)}))", BOOLEAN)


@syntax(exp.Tuple)
def _tuple(node: exp.Expr, of: Translator) -> Value:
    return struct({f"v{place}": of.value(part) for place, part in enumerate(node.expressions)})


@syntax(exp.Exists)
def _exists(node: exp.Expr, of: Translator) -> Value:
    inner = node.this.this if isinstance(node.this, exp.Subquery) else node.this
    return Value(f"EXISTS ({of.query(inner)[0]})", BOOLEAN)


@syntax(exp.Subquery)
def _scalar(node: exp.Expr, of: Translator) -> Value:
    sql, columns = of.query(_of_one_row(node))
    if len(columns) != 1:
        raise Untranslatable("a subquery that is a value has several columns")
    return Value(f"({sql})", next(iter(columns.values())).type)


def _of_one_row(node: exp.Expr) -> exp.Expr:
    """Return a subquery as an aggregate: Spark does not believe that a subquery that reads the outer row has one row at most."""
    inner = node.this
    shaping = ("group", "distinct", "limit", "qualify", "having", "with_")
    if (
        not isinstance(inner, exp.Select)
        or any(inner.args.get(key) for key in shaping)
        or inner.args.get("from_") is None
    ):
        return node
    (projection, *more) = inner.expressions
    if more or projection.find(exp.AggFunc, exp.Window, exp.Explode, exp.Star):
        return node
    selected = inner.copy()
    selected.set("order", None)
    selected.set(
        "expressions", [exp.alias_(exp.AnyValue(this=projection.unalias().copy()), projection.alias_or_name or "value")]
    )
    return exp.Subquery(this=selected)


@syntax(exp.Case, exp.If)
def _case(node: exp.Expr, of: Translator) -> Value:
    subject = of.value(node.this) if isinstance(node, exp.Case) and node.args.get("this") else None
    branches = node.args["ifs"] if isinstance(node, exp.Case) else [node]
    conditions = []
    for branch in branches:
        condition = of.value(branch.this)
        if subject is not None:
            left, right = operands(subject, condition)
            condition = Value(f"({left} = {right})", BOOLEAN)
        conditions.append(condition.sql)
    default = node.args.get("default") or node.args.get("false")
    values = [of.value(branch.args["true"]) for branch in branches]
    values.append(of.value(default) if default is not None else null())
    return choose(conditions, values)


def choose(conditions: list[str], values: list[Value]) -> Value:
    """Return CASE. A CASE of structs becomes a struct of CASE, because Spark would otherwise build each struct."""
    shaped = [value for value in values if value.type.name != "null"]
    if shaped and all(value.parts for value in shaped) and len({tuple(value.parts) for value in shaped}) == 1:
        members = shaped[0].parts
        return struct(
            {
                member: choose(conditions, [value.parts[member] if value.parts else null() for value in values])
                for member in members
            }
        )
    *results, default = unified(values)
    whens = " ".join(f"WHEN {when} THEN {then.sql}" for when, then in zip(conditions, results, strict=True))
    kind = common([value.type for value in values])
    otherwise = "" if default.sql == "NULL" else f" ELSE {default.sql}"
    return Value(f"(CASE {whens}{otherwise} END)", kind)


def unified(values: list[Value]) -> list[Value]:
    """Return values in their common type."""
    kind = common([value.type for value in values])
    if kind.name == "json":
        return [Value(exact_text(value), kind) for value in values]
    return (
        [value if value.type in (kind,) else null() if value.sql == "NULL" else cast(value, kind) for value in values]
        if (kind.name != "null")
        else values
    )


@syntax(exp.Coalesce)
def _coalesce(node: exp.Expr, of: Translator) -> Value:
    values = [of.value(part) for part in (node.this, *node.expressions)]
    kind = common([value.type for value in values])
    return Value(call("coalesce", *(value.sql for value in unified(values))), kind)


@syntax(exp.Nullif)
def _nullif(node: exp.Expr, of: Translator) -> Value:
    value, other = of.value(node.this), of.value(node.expression)
    if value.type.name == "json" and other.text == "null":
        return without_json_null(value)
    left, right = operands(value, other)
    return Value(f"(CASE WHEN {left} = {right} THEN NULL ELSE {value.sql} END)", value.type)


@syntax(exp.Greatest, exp.Least)
def _extreme(node: exp.Expr, of: Translator) -> Value:
    values = [of.value(part) for part in (node.this, *node.expressions)]
    kind = common([value.type for value in values])
    return Value(call("greatest" if isinstance(node, exp.Greatest) else "least", *unified(values)), kind)
