"""Text: cut, padded, joined, quoted and encoded."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call, literal, text, whole
from iamsql.dialect.core.casts import as_text
from iamsql.dialect.data_types import of_type
from iamsql.dialect.library import regex
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds, untyped
from iamsql.model import IamsqlError


def said(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give a value as concat and format print it, which write truth as t or f."""
    if kinds.of(node) == "boolean":
        yes = exp.If(this=node, true=text("t"))
        return exp.Case(ifs=[yes, exp.If(this=exp.Not(this=node.copy()), true=text("f"))])
    return as_text(node, kinds)


def _renamed(name: str, *places: int) -> Rewrite:
    """Call another function with the arguments in another order."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        args = node.expressions
        return call(name, *([args[place] for place in places] if places else args))

    return rewrite


def _substring(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    words, start, *size = node.expressions
    if not size and kinds.of(start) == "text":
        return regex.substring(words, start)
    if kinds.of(start) == "text":
        raise IamsqlError("substring(text from pattern for escape) is not supported; use substring(text from pattern).")
    if kinds.of(words) == "bytea":
        raise IamsqlError("substring of bytea is not supported.")
    if not size:
        return call("pg_substr", words, start)
    plain = (whole(start) or 0) >= 1 and (whole(size[0]) or 0) >= 1
    return call("substr" if plain else "pg_substring", words, start, size[0])


def _split_part(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Take a piece; where delimiter and place are written out DuckDB's own function does."""
    plain = literal(node.expressions[1]) and whole(node.expressions[2])
    return call("split_part" if plain else "pg_split_part", *node.expressions)


def _overlay(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    words, fresh, start, *size = node.expressions
    return call("pg_overlay", words, fresh, start, size[0] if size else call("length", fresh.copy()))


def _pad(at_left: bool) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        words, size, *filling = node.expressions
        return call("pg_pad", words, size, filling[0] if filling else text(" "), exp.Boolean(this=at_left))

    return rewrite


def _trim(name: str) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        words, *letters = node.expressions
        return call(name, words, letters[0] if letters else text(" "))

    return rewrite


def _concat(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("concat", text(""), *(said(arg, kinds) for arg in node.expressions))


def _concat_ws(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    between, *parts = node.expressions
    return call("concat_ws", between, *(said(arg, kinds) for arg in parts))


def _encode(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    names = {"base64": "pg_base64", "hex": "pg_hex", "escape": "pg_escaped"}
    return call(_form(node, names, "encode"), _bytes(node.expressions[0], kinds))


def _decode(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    names = {"base64": "pg_from_base64", "hex": "unhex", "escape": "pg_bytea"}
    return call(_form(node, names, "decode"), node.expressions[0])


def _form(node: exp.Expr, names: dict[str, str], function: str) -> str:
    form = literal(node.expressions[1])
    if form is None or form.lower() not in names:
        raise IamsqlError(f"{function} knows the forms {', '.join(names)}, written out in the query.")
    return names[form.lower()]


def _bytes(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    """Give bytea; a text literal is read as one."""
    return call("pg_bytea", node) if untyped(node) else node


def _utf8(name: str) -> Rewrite:
    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        form = literal(node.expressions[1])
        if form is None or form.lower().replace("-", "") not in ("utf8", "unicode"):
            raise IamsqlError(f"{'convert_to' if name == 'encode' else 'convert_from'} knows UTF8 only.")
        return call(name, node.expressions[0])

    return rewrite


def _octets(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    arg = node.expressions[0]
    return call("octet_length", arg) if kinds.of(arg) == "bytea" else call("strlen", as_text(arg, kinds))


def _length(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    arg = node.expressions[0]
    return call("octet_length", arg) if kinds.of(arg) == "bytea" else call("length", arg)


def _quoted(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_quote_literal", as_text(node.expressions[0], kinds))


def _quoted_or_null(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("coalesce", _quoted(node, kinds), text("NULL"))


def _sha256(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("unhex", call("sha256", _bytes(node.expressions[0], kinds)))


def _hexadecimal(node: exp.Expr, kinds: Kinds) -> exp.Expr:
    return call("pg_hexadecimal", node.expressions[0])


def _cast(node: exp.Expr, kinds: Kinds) -> exp.Expr | None:
    """Cast text to bytea and back as PostgreSQL does; the type money is refused by name."""
    to, of = of_type(node.args["to"]), kinds.of(node.this)
    if "money" in (to, of):
        raise IamsqlError("The type money is not supported; cast to numeric, and print it with to_char.")
    if to == "bytea" and of == "text":
        return call("pg_bytea", node.this)
    if to == "text" and of == "bytea":
        return call("concat", text("\\x"), call("pg_hex", node.this))
    return None


OPERATORS = {exp.Cast: _cast}
REWRITES: dict[str, Rewrite] = {
    "substring": _substring,
    "substr": _substring,
    "overlay": _overlay,
    "position": _renamed("strpos", 1, 0),
    "strpos": _renamed("strpos"),
    "initcap": _renamed("pg_initcap"),
    "split_part": _split_part,
    "lpad": _pad(True),
    "rpad": _pad(False),
    "btrim": _trim("trim"),
    "ltrim": _trim("ltrim"),
    "rtrim": _trim("rtrim"),
    "left": _renamed("left"),
    "right": _renamed("right"),
    "concat": _concat,
    "concat_ws": _concat_ws,
    "translate": _renamed("translate"),
    "quote_ident": _renamed("pg_quote_ident"),
    "quote_literal": _quoted,
    "quote_nullable": _quoted_or_null,
    "encode": _encode,
    "decode": _decode,
    "convert_to": _utf8("encode"),
    "convert_from": _utf8("decode"),
    "octet_length": _octets,
    "length": _length,
    "char_length": _length,
    "character_length": _length,
    "md5": _renamed("md5"),
    "sha256": _sha256,
    "ascii": _renamed("ascii"),
    "chr": _renamed("chr"),
    "repeat": _renamed("repeat"),
    "replace": _renamed("replace"),
    "reverse": _renamed("reverse"),
    "starts_with": _renamed("starts_with"),
    "to_hex": _hexadecimal,
}
KINDS = dict.fromkeys(REWRITES, "text") | {
    **dict.fromkeys("position strpos octet_length length char_length character_length ascii".split(), "int"),
    **dict.fromkeys("decode convert_to sha256".split(), "bytea"),
    "starts_with": "boolean",
}
