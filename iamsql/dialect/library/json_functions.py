"""JSON documents: built, changed, merged, and read along a path of keys."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, cast, literal, null, paren, text, whole
from iamsql.dialect.core.casts import text_array
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.core.json_conversion import element, to_document
from iamsql.dialect.data_types import of_type
from iamsql.dialect.library._keypaths import steps_of, walked
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds
from iamsql.model import IamsqlError

_AROUND = exp.Filter | exp.Window


def _order(key: str) -> tuple[int, bytes]:
    return len(key.encode()), key.encode()


def _marked(made: exp.Expr, name: str) -> exp.Expr:
    """Note that PostgreSQL prints this value otherwise than jsonb: the text of json keeps what its maker wrote."""
    if not name.startswith("jsonb"):
        made.meta["json_text"] = "compact" if name == "row_to_json" else name
    return made


def _object(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    args = node.expressions
    if len(args) % 2 or any(isinstance(one, exp.Kwarg) or type(one).__name__ == "Variadic" for one in args):
        raise IamsqlError(f"{node.this} takes keys and values by turns.")
    names, items = args[::2], args[1::2]
    known = [literal(name) for name in names]
    if all(one is not None for one in known):
        last = {one: item for one, item in zip(known, items, strict=True) if one is not None}
        parts = [part for key in sorted(last, key=_order) for part in (text(key), element(last[key], kinds))]
        return _marked(call("json_object", *parts), node.this)
    keys = exp.Array(expressions=[cast(name, "varchar") for name in names])
    return _marked(
        call("pg_object", keys, exp.Array(expressions=[to_document(item, kinds) for item in items])), node.this
    )


def _array(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return _marked(call("json_array", *(element(one, kinds) for one in node.expressions)), node.this)


def _object_agg(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Gather pairs in a list and make an object of it, outside of FILTER and OVER, which belong to the aggregate."""
    if len(node.expressions) != 2:
        raise IamsqlError(f"{node.this} takes a key and a value.")
    name, item = node.expressions
    value, order = (item.this, item.expressions) if isinstance(item, exp.Order) else (item, [])
    pair: exp.Expr = call("row", cast(name, "varchar"), to_document(value, kinds))
    pair = exp.Order(this=pair, expressions=order) if order else pair
    gathered = call("array_agg", pair)
    if isinstance(node.parent, _AROUND) and node.arg_key == "this":
        top = node.parent
        while isinstance(top.parent, _AROUND) and top.arg_key == "this":
            top = top.parent
        top.meta["to_object"] = True
        return gathered
    return call("pg_object_of", gathered)


def _around(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    return call("pg_object_of", node.copy()) if node.meta.pop("to_object", False) else None


def _from_lists(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Make an object of texts: of a list of keys and one of values."""
    args = [text_array(words) if (words := literal(one)) is not None else one for one in node.expressions]
    if len(args) == 1:
        return call("pg_object_by_turns", args[0])
    if len(args) != 2:
        raise IamsqlError(f"{node.this} takes an array of text, or two arrays, of keys and of values.")
    return call("pg_object_of_lists", *args)


def _row(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a row as JSON with its columns in their own order."""
    row = node.expressions[0]
    columns = row.meta.get("columns")
    if not columns:
        raise IamsqlError("row_to_json takes a table of the query by its name or alias.")
    parts: list[exp.Expr] = []
    for name, kind in columns.items():
        column = exp.column(name, row.name, quoted=True)
        column.meta["kind"] = kind
        parts += [text(name), element(column, kinds)]
    return _marked(call("json_object", *parts), "row_to_json")


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Print json, which is not printed as jsonb is."""
    inner = node.this
    while isinstance(inner, exp.Paren):
        inner = inner.this
    made = inner.meta.get("json_text")
    if made is None or of_type(node.args["to"]) != "text":
        return None
    if made != "compact":
        raise IamsqlError(
            f"The text of {made} has blanks of its own in PostgreSQL: use jsonb_… or cast to jsonb first."
        )
    return cast(inner, "varchar")


def _read(document: exp.Expr, path: exp.Expr, kinds: Kinds) -> exp.Expr:
    if isinstance(path, exp.Null):
        return cast(null(), "json")
    steps = steps_of(path)
    value = as_json(document, kinds)
    return call("pg_steps", value, path) if steps is None else walked(value, steps)


def _get(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return _read(node.this, node.expression, kinds)


def _get_text(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_scalar_text", _read(node.this, node.expression, kinds))


def _extract(as_words: bool) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        document, *steps = node.expressions
        if any(type(one).__name__ == "Variadic" for one in steps):
            raise IamsqlError(f"{node.this} takes its keys one by one here; use #> with an array.")
        found = walked(as_json(document, kinds), steps)
        return call("pg_scalar_text", found) if as_words else found

    return rewrite


def _steps(node: exp.Expr, function: str) -> list[exp.Expr]:
    steps = steps_of(node)
    if steps is None:
        raise IamsqlError(f"{function} takes a path that is written out in the query, such as '{{a,0}}'.")
    return steps


def _changed(document: exp.Expr, steps: list[exp.Expr], last: str, *rest: exp.Expr) -> exp.Expr:
    """Change what is at the end of a path; parts of the path that are missing are not made."""
    if len(steps) == 1:
        return call(last, document.copy(), steps[0].copy(), *rest)
    inner = _changed(call("pg_step", document.copy(), steps[0].copy()), steps[1:], last, *rest)
    return call("pg_put", document.copy(), steps[0].copy(), inner, exp.false())


def _set(macro: str, default: bool) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        document, path, fresh, *option = node.expressions
        steps, value = _steps(path, str(node.this)), as_json(fresh, kinds)
        flag = option[0] if option else exp.Boolean(this=default)
        target = as_json(document, kinds)
        made = _changed(target, steps, macro, value, flag) if steps else target
        held = exp.Is(this=value.copy(), expression=exp.Not(this=exp.Null()))
        return made if literal(fresh) is not None else exp.Case(ifs=[exp.If(this=held, true=made)])

    return rewrite


def _dropped(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    steps = _steps(node.expression, "#-")
    document = as_json(node.this, kinds)
    return _changed(document, steps, "pg_dropped") if steps else document


def _minus(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Take a key, keys or a position out of a document."""
    if kinds.of(node.this) != "json":
        return None
    what, kind = node.expression, kinds.of(node.expression)
    if kind == "int" or whole(what) is not None:
        return call("pg_without_place", node.this, what)
    if kind == "text[]":
        return call("pg_without", node.this, what)
    if kind == "text":
        return call("pg_without_key", node.this, what)
    raise IamsqlError(
        "What is taken from a JSON value with - is a text, an array of texts or a whole number: cast it to one."
    )


def _merged(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    if kinds.of(node) != "json":
        return None
    sides = [
        cast(null(), "json") if isinstance(one, exp.Null) else as_json(one, kinds)
        for one in (node.this, node.expression)
    ]
    return call("pg_merged", *map(paren, sides))


def _stripped(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("json_strip_nulls", as_json(node.expressions[0], kinds))


REWRITES: dict[str, Rewrite] = {
    **dict.fromkeys(("jsonb_build_object", "json_build_object"), _object),
    **dict.fromkeys(("jsonb_build_array", "json_build_array"), _array),
    **dict.fromkeys(("jsonb_object_agg", "json_object_agg"), _object_agg),
    **dict.fromkeys(("jsonb_object", "json_object"), _from_lists),
    **dict.fromkeys(("jsonb_strip_nulls", "json_strip_nulls"), _stripped),
    **dict.fromkeys(("jsonb_extract_path", "json_extract_path"), _extract(False)),
    **dict.fromkeys(("jsonb_extract_path_text", "json_extract_path_text"), _extract(True)),
    "row_to_json": _row,
    "jsonb_set": _set("pg_put", True),
    "jsonb_insert": _set("pg_insert", False),
}
OPERATORS = {
    exp.Cast: _cast,
    exp.JSONBExtract: _get,
    exp.JSONBExtractScalar: _get_text,
    exp.JSONBDeleteAtPath: _dropped,
    exp.Sub: _minus,
    exp.DPipe: _merged,
    exp.Filter: _around,
    exp.Window: _around,
}
KINDS = dict.fromkeys(REWRITES, "json") | dict.fromkeys(("jsonb_extract_path_text", "json_extract_path_text"), "text")
