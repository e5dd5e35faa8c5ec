"""Every rewrite can be reached: no function is declared twice, and every macro that a rewrite calls exists."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

from iamsql.dialect.pipeline import needed_macros
from iamsql.dialect.registry import _modules, registry


def test_no_function_is_declared_twice() -> None:
    tables = ("FUNCTIONS", "SET_RETURNING", "UNNESTED")
    declared = Counter(name for module in _modules() for table in tables for name in getattr(module, table, {}))
    assert len(declared) > 100
    assert [name for name, count in declared.items() if count > 1] == []
    known = registry()
    assert set(declared) == {*known.functions, *known.set_returning, *known.unnested}


def test_every_macro_exists_and_is_called() -> None:
    package = files("iamsql.dialect")
    modules = [path for folder in (package / "core", package / "library") for path in folder.iterdir()]
    code = " ".join(path.read_text(encoding="utf-8") for path in modules if path.name.endswith(".py"))
    sql = " ".join(path.read_text(encoding="utf-8") for path in (package / "macros").iterdir())
    created = set(re.findall(r"create or replace macro (pg_\w+)", sql))
    named = set(re.findall(r"pg_\w+(?=[\"(])", code))
    prefixes = tuple(re.findall(r"\b(pg_\w+_)\{", code))  # of f-strings, such as pg_char_time_{…}
    assert named <= created, named - created
    roots = named | {name for name in created if name.startswith(prefixes)}
    needed = {re.split(r"[ (]", statement)[5] for statement in needed_macros(" ".join(roots))}
    assert created == needed, created ^ needed
