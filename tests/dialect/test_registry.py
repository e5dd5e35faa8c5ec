"""No function is declared twice, and rewrites call exactly the macros of the folder."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from iamsql.dialect import translate
from iamsql.dialect.pipeline import needed_macros
from iamsql.dialect.registry import MACRO_RETURN_TYPES, _modules_with_rewrites, registry
from iamsql.model import IamsqlError

COLUMNS = {"t": {"tags": "JSON"}}


def test_no_function_is_declared_twice() -> None:
    tables = ("FUNCTIONS", "SET_RETURNING")
    declared = Counter(
        name for module in _modules_with_rewrites() for table in tables for name in getattr(module, table, {})
    )
    assert len(declared) > 60
    assert [name for name, count in declared.items() if count > 1] == []
    merged = registry()
    assert set(declared) == {*merged.functions, *merged.set_returning}
    assert not set(declared) & set(MACRO_RETURN_TYPES)


def test_every_macro_exists_and_is_called() -> None:
    package = files("iamsql.dialect")
    modules = [path for folder in (package / "core", package / "library") for path in folder.iterdir()]
    code = " ".join(path.read_text(encoding="utf-8") for path in modules if path.name.endswith(".py"))
    sql = " ".join(path.read_text(encoding="utf-8") for path in (package / "macros").iterdir())
    created = set(re.findall(r"create or replace macro (pg_\w+)", sql))
    called_macros = set(re.findall(r"pg_\w+(?=[\"(])", code))
    prefixes = tuple(re.findall(r"\b(pg_\w+_)\{", code))  # of f-strings, such as pg_char_time_{…}
    assert called_macros <= created, called_macros - created
    assert {f"pg_{name}" for name in MACRO_RETURN_TYPES} <= created
    roots = called_macros | {name for name in created if name.startswith(prefixes)}
    roots |= created & {f"pg_{name}" for name in registry().return_types}
    needed = {re.split(r"[ (]", statement)[5] for statement in needed_macros(" ".join(roots))}
    assert created == needed, created ^ needed


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("split_part(tags::text)", r"split_part\(\) is not supported with 1 argument\."),
        ("jsonb_typeof()", r"jsonb_typeof\(\) is not supported with 0 arguments\."),
        ("make_interval(1, 2, 3, 4, 5, 6, 7, 8)", r"make_interval\(\) is not supported with 8 arguments\."),
    ],
)
def test_a_wrong_number_of_arguments_is_refused(call: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        translate(f"select {call} from t", COLUMNS)


@pytest.mark.slow
def test_calls_with_any_number_of_arguments_are_translated_or_refused() -> None:
    declared = registry()
    refused = set()
    for name in (*declared.functions, *declared.set_returning):
        for count in range(5):
            try:
                translate(f"select {name}({', '.join(['tags'] * count)}) from t", COLUMNS)
            except IamsqlError:
                refused.add((name, count))
    assert len(refused) > len(declared.functions)
