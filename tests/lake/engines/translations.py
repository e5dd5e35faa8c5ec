"""The hashes of translations that the certified lists have."""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from iamsql.lake.engines.certified import PRODUCT_NAMES, default_values
from iamsql.lake.engines.definitions import definitions
from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.expand import inline
from iamsql.lake.engines.spark import UntranslatableError, to_spark
from iamsql.lake.engines.tables import stored_tables
from iamsql.lake.engines.translation import translation_hash
from iamsql.model import Query


def translation_hashes(query: Query) -> Mapping[str, str]:
    """Return the hash of the translation of a query, with the defaults of its parameters, by product; '' without a translation.

    The macros are inlined once for all products, which takes most of the time of a translation.
    """
    try:
        tree = inline(query.sql, definitions(), default_values(query))
    except InlineError:
        return dict.fromkeys(PRODUCT_NAMES, "")
    return {product: _hash(tree.copy(), product) for product in PRODUCT_NAMES}


def _hash(tree: exp.Expr, product: str) -> str:
    try:
        return translation_hash(to_spark(tree, stored_tables(), is_sail=product == "sail").sql)
    except UntranslatableError:
        return ""
