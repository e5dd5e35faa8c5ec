"""How long a JSON array is, what a JSON value is, and JSON printed over several lines."""

from __future__ import annotations

from sqlglot import exp

from iamsql.dialect.build import call
from iamsql.dialect.core.json_comparison import as_json
from iamsql.dialect.registry import Rewrite
from iamsql.dialect.typing import Kinds


def _over(macro: str) -> Rewrite:
    """Rewrite a function of one document as a macro of it."""

    def rewrite(node: exp.Expr, kinds: Kinds) -> exp.Expr:
        return call(macro, as_json(node.expressions[0], kinds))

    return rewrite


_MACROS = {
    "array_length": ("pg_json_length", "int"),
    "typeof": ("pg_json_typeof", "text"),
    "pretty": ("pg_json_pretty", "text"),
}
REWRITES = {f"{kind}_{name}": _over(macro) for kind in ("json", "jsonb") for name, (macro, _) in _MACROS.items()}
KINDS = {f"{kind}_{name}": kinds for kind in ("json", "jsonb") for name, (_, kinds) in _MACROS.items()}
