"""Each table of the page has a title, and its columns have labels, words or widths."""

from __future__ import annotations

import re

import pytest

from iamsql.report.html import table_specs
from iamsql.report.html.phrases import phrases
from iamsql.report.html.tables import TableSpec

SPECS = [value for value in vars(table_specs).values() if isinstance(value, TableSpec)]


def test_the_tables_have_different_ids() -> None:
    assert len({spec.id for spec in SPECS}) == len(SPECS) == 9


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.id)
def test_a_table_uses_what_it_shows(spec: TableSpec) -> None:
    assert f"{spec.id}.title" in phrases().texts
    assert all(re.fullmatch(r"[\d.]+rem|minmax\([\d.]+rem, ([\d.]+rem|\dfr)\)", width) for _, width in spec.widths)
    assert not spec.sort or spec.sort.removeprefix("-") in spec.visible
    assert len({*spec.filters}) == len(spec.filters)
