"""Write an inlined query with sqlglot's own generator for Spark, with overrides for what the comparison finds wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from sqlglot import exp, transforms
from sqlglot.errors import ErrorLevel, SqlglotError, UnsupportedError

from iamsql.dialect.inline.names import cte_names
from iamsql.dialect.spark import Translation, Untranslatable
from iamsql.dialect.spark.pruning import prune_views
from iamsql.dialect.spark.relations import view_name
from iamsql.dialect.spark.selected import with_windows
from iamsql.dialect.written.generator import WrittenSpark
from iamsql.dialect.written.types import with_types

sys.setrecursionlimit(20_000)


def to_spark(tree: exp.Expr, tables: Mapping[str, Mapping[str, str]], *, is_sail: bool = False) -> Translation:
    """Translate a query; raise Untranslatable if it has no translation."""
    prune_views(tree)
    typed = with_types(tree, tables)
    ctes = cte_names(typed)
    read = set()
    for table in list(typed.find_all(exp.Table)):
        if not isinstance(table.this, exp.Identifier) or not table.args.get("db"):
            continue
        stored = table.name.lower() if table.db == "main" else f"{table.db}.{table.name}".lower()
        if stored not in tables:
            raise Untranslatable(f"the table {stored} is not known")
        read.add(stored)
        if not table.alias:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
        table.set("this", exp.to_identifier(view_name(stored)))
        table.set("db", None)
    _name_variables(typed)
    _type_nulls(typed)
    _rows_of_series(typed)
    for select in reversed(list(typed.find_all(exp.Select))):
        _of_one_row(select)
        _unnest_in_from(select)
        if select.args.get("windows"):
            new = with_windows(select)
            new.set("windows", None)
            select.set("expressions", new.expressions)
            select.set("windows", None)
        _select_around(select)
    try:
        sql = str(typed.sql(dialect=WrittenSpark, unsupported_level=ErrorLevel.RAISE, comments=False, identify=True))
    except UnsupportedError as error:
        raise Untranslatable(str(error).splitlines()[0].rstrip(".")) from error
    except SqlglotError as error:
        raise Untranslatable(f"sqlglot: {str(error).splitlines()[0]}") from error
    return Translation(sql, tuple(sorted(read)))


def _of_one_row(select: exp.Expr) -> None:
    """Make a scalar subquery an aggregate, because Spark does not believe that it has one row."""
    outer = select.parent
    if not isinstance(outer, exp.Subquery) or isinstance(
        outer.parent, exp.From | exp.Join | exp.In | exp.Exists | exp.Lateral
    ):
        return
    shaping = ("group", "distinct", "limit", "qualify", "having", "with_")
    if any(select.args.get(key) for key in shaping) or select.args.get("from_") is None or len(select.expressions) != 1:
        return
    projection = select.expressions[0]
    if projection.find(exp.AggFunc, exp.Window, exp.Explode, exp.Star):
        return
    value = projection.unalias()
    new = exp.AnyValue(this=value.copy())
    new.type = value.type
    select.set("order", None)
    select.set("expressions", [exp.alias_(new, projection.alias_or_name or "value")])


def _unnest_in_from(select: exp.Expr) -> None:
    """Let LATERAL VIEW return the elements of lists."""
    found = [
        node
        for item in select.expressions
        for node in item.find_all(exp.Explode)
        if node.find_ancestor(exp.Select) is select
    ]
    if not found:
        return
    if select.args.get("group"):
        raise Untranslatable("a list is unnested after a GROUP BY")
    items = found[0].this.copy()
    if len(found) > 1:  # the lists are side by side, and the shorter ones end with NULLs
        sizes = [
            exp.Coalesce(this=exp.ArraySize(this=node.this.copy()), expressions=[exp.Literal.number(0)])
            for node in found
        ]
        items = exp.GenerateSeries(start=exp.Literal.number(1), end=exp.Greatest(this=sizes[0], expressions=sizes[1:]))
    for node in found:
        column: exp.Expr = exp.column("item", "unnested_")
        if len(found) > 1:
            column = exp.Bracket(this=node.this.copy(), expressions=[column])
        inner = node.this.type.expressions if node.this.type is not None else []
        column.type = inner[0] if inner and isinstance(inner[0], exp.DataType) else node.type
        node.replace(exp.alias_(column, "unnest") if node.parent is select else column)
    if (
        select.args.get("from_") is None
        and len(select.expressions) == 1
        and isinstance(select.expressions[0].unalias(), exp.Column)
    ):
        pass
    if select.args.get("from_") is None:
        inner = exp.Select(expressions=[exp.alias_(exp.Explode(this=items), "item")])
        select.set(
            "from_", exp.From(this=exp.Subquery(this=inner, alias=exp.TableAlias(this=exp.to_identifier("unnested_"))))
        )
        return
    alias = exp.TableAlias(this=exp.to_identifier("unnested_"), columns=[exp.to_identifier("item")])
    select.append("laterals", exp.Lateral(this=exp.Explode(this=items), view=True, alias=alias))


def _select_around(select: exp.Expr) -> None:
    """Sort and filter in a query around: Sail has no QUALIFY, and finds only columns of the result in ORDER BY."""
    order, qualify = select.args.get("order"), select.args.get("qualify")
    names = [item.alias_or_name.lower() for item in select.expressions]
    columns = {item.unalias().sql(): item.alias_or_name for item in select.expressions}
    hidden, keys = list[exp.Expr](), list[exp.Expr]()
    written = list[exp.Expr]()
    for key in order.expressions if order is not None else []:
        is_all = isinstance(key.this, exp.Var) or key.this.name.lower() == "all"
        written += (
            [
                exp.Ordered(
                    this=exp.column(n, quoted=True), desc=key.args.get("desc"), nulls_first=key.args.get("nulls_first")
                )
                for n in select.named_selects
            ]
            if is_all
            else [key]
        )
    values = {item.alias_or_name.lower(): item.unalias() for item in select.expressions}
    for key in written:
        value = key.this
        if isinstance(value, exp.Literal) and value.is_int:
            label = select.expressions[int(value.name) - 1].alias_or_name
        elif isinstance(value, exp.Column) and not value.table and value.name.lower() in names:
            label = value.name
        elif (found := columns.get(value.sql())) is not None:
            label = found
        else:
            label = f"order{len(hidden)}__"
            copy = exp.Paren(this=value.copy())
            for column in list(copy.find_all(exp.Column)):
                if not column.table and column.name.lower() in values:
                    column.replace(values[column.name.lower()].copy())
            hidden.append(exp.alias_(copy.this, label))
        new = key.copy()
        new.set("this", exp.column(label, quoted=True))
        keys.append(new)
    if qualify is not None:
        hidden.append(exp.alias_(qualify.this.copy(), "qualify__"))
    if not hidden:
        if order is not None:
            order.set("expressions", keys)
        return
    if select.args.get("distinct"):
        raise Untranslatable("a DISTINCT query is sorted by other columns than those of its result")
    inner = select.copy()
    for part in ("order", "qualify", "limit", "offset", "with_"):
        inner.set(part, None)
    inner.set("expressions", [*inner.expressions, *hidden])
    alias = exp.TableAlias(this=exp.to_identifier("selected__"))
    outer = [exp.column(item.alias_or_name, quoted=True) for item in select.expressions]
    for part in ("joins", "laterals", "where", "group", "having", "qualify", "order", "distinct"):
        select.set(part, None)
    select.set("expressions", outer)
    select.set("from_", exp.From(this=exp.Subquery(this=inner, alias=alias)))
    if qualify is not None:
        select.set("where", exp.Where(this=exp.column("qualify__")))
    if keys:
        select.set("order", exp.Order(expressions=keys))


def _name_variables(tree: exp.Expr) -> None:
    """Give each variable of a list comprehension a name that no other has: Sail mixes up equal ones."""
    for place, comprehension in enumerate(reversed(list(tree.find_all(exp.Comprehension)))):
        old = comprehension.expression.name.lower()
        new = f"{old.strip('_')}_{place}"
        for part in (comprehension.this, comprehension.args.get("condition")):
            for node in list(part.find_all(exp.Identifier)) if part is not None else ():
                is_member = isinstance(node.parent, exp.Dot) and node.arg_key == "expression"
                if (
                    node.name.lower() == old
                    and not is_member
                    and not (
                        isinstance(node.parent, exp.Column)
                        or (isinstance(node.parent, exp.PropertyEQ) and node.arg_key == "this")
                    )
                ):
                    node.set("this", new)
        variable = comprehension.expression
        (variable if isinstance(variable, exp.Identifier) else variable.this).set("this", new)


def _type_nulls(tree: exp.Expr) -> None:
    """Give a NULL of a set operation the type of the column on another side, and expand GROUP BY ALL."""
    for operation in tree.find_all(exp.SetOperation):
        sides = list(_sides(operation))
        for place in range(min(len(side.expressions) for side in sides)):
            values = [side.expressions[place] for side in sides]
            types = [value.unalias().type for value in values if not isinstance(value.unalias(), exp.Null)]
            known = next(
                (kind for kind in types if kind is not None and kind.this not in (exp.DType.UNKNOWN, exp.DType.NULL)),
                None,
            )
            for value in values:
                if isinstance(value.unalias(), exp.Null) and known is not None:
                    value.unalias().replace(exp.Cast(this=exp.Null(), to=known.copy()))
    for select in tree.find_all(exp.Select):
        group = select.args.get("group")
        if group is not None and group.args.get("all"):
            keys = [item.unalias().copy() for item in select.expressions if item.find(exp.AggFunc) is None]
            select.set("group", exp.Group(expressions=keys) if keys else None)


def _sides(node: exp.Expr) -> Iterator[exp.Select]:
    if isinstance(node, exp.SetOperation):
        yield from _sides(node.this)
        yield from _sides(node.expression)
    elif isinstance(node, exp.Subquery):
        yield from _sides(node.this)
    elif isinstance(node, exp.Select):
        yield node


def _rows_of_series(tree: exp.Expr) -> None:
    """Read a series or the elements of a list, the only relation of a FROM, in a subquery."""
    for clause in tree.find_all(exp.From):
        node = clause.this
        inner = node.this if isinstance(node, exp.Table) else node
        if not isinstance(inner, exp.GenerateSeries | exp.Unnest):
            continue
        items = inner.expressions[0] if isinstance(inner, exp.Unnest) else inner
        alias = node.args.get("alias")
        columns = [column.name for column in alias.args.get("columns") or []] if alias is not None else []
        label = columns[0] if columns else "range" if isinstance(inner, exp.GenerateSeries) else "unnest"
        select = exp.Select(expressions=[exp.alias_(exp.Explode(this=items.copy()), label)])
        name = exp.TableAlias(this=exp.to_identifier(alias.name if alias is not None and alias.name else "series_"))
        clause.set("this", exp.Subquery(this=select, alias=name))
