"""Paths of keys and positions, such as '{a,0}', and the JSON value at the end of one."""

from __future__ import annotations

import re

from sqlglot import exp

from iamsql.dialect import literals as documents
from iamsql.dialect.build import call, cast, literal, text
from iamsql.model import IamsqlError

INTEGER = re.compile(r"\s*[+-]?\d+\s*")


def steps_of(node: exp.Expr) -> list[exp.Expr] | None:
    """Give the steps of a path that is written out: '{a,0}' or an array."""
    while isinstance(node, exp.Paren) or (
        isinstance(node, exp.Cast) and isinstance(node.this, exp.Array | exp.Literal)
    ):
        node = node.this
    if isinstance(node, exp.Array):
        return list(node.expressions)
    words = literal(node)
    if words is None:
        return None
    steps = documents.array(words)
    if None in steps:
        raise IamsqlError(f"The path '{words}' has a NULL in it.")
    return [text(str(one)) for one in steps]


def walked(document: exp.Expr, steps: list[exp.Expr]) -> exp.Expr:
    """Follow keys and positions; neighbours that can be no position are one JSON pointer."""
    pointer = ""
    for step in steps:
        known = literal(step)
        if known is not None and not INTEGER.fullmatch(known) and known != "-":
            pointer += "/" + known.replace("~", "~0").replace("/", "~1")
            continue
        document = call("json_extract", document, text(pointer)) if pointer else document
        document, pointer = call("pg_step", document, step.copy() if known is not None else cast(step, "varchar")), ""
    return call("json_extract", document, text(pointer)) if pointer else document
