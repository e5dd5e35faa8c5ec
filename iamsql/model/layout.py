"""The layouts of rows on a terminal, as the front matter of a query declares them. Files and pipes have no layout."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

_COLUMNS_PATTERN = r"\w+(?:\s*,\s*\w+)*"
_BELOW_COLUMNS = rf"(?:\s*;\s*below\s+(?P<below>{_COLUMNS_PATTERN}))?"
_TEMPLATE_PATTERN = r"[^{}]*(?:\{\w+\}[^{}]*)+"
LAYOUT_PATTERN = (
    rf"(?:table|groups\s+(?P<groups>{_COLUMNS_PATTERN})){_BELOW_COLUMNS}|record\s+(?P<template>{_TEMPLATE_PATTERN})"
)
PLACEHOLDER_PATTERN = re.compile(r"\{(\w+)\}")
_LAYOUT_REGEX = re.compile(LAYOUT_PATTERN)


@dataclass(frozen=True)
class Layout:
    """How a terminal lays out rows: a `table`, `groups` of rows under headings, or a `record`, a sentence for each row.

    `groups` are the columns of the headings, `below` the columns on lines under their row, and `template` is the sentence of a
    record, with the names of columns in braces.
    """

    form: str = "table"
    groups: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    template: str = ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the layout names."""
        return (*self.groups, *self.below, *PLACEHOLDER_PATTERN.findall(self.template))


TABLE_LAYOUT = Layout()


@dataclass(frozen=True)
class DisplayOptions:
    """What a terminal shows of a result: the columns, in their order, and the layout. () is all columns.

    `path` is the file that lists the columns, for errors.
    """

    columns: tuple[str, ...] = ()
    layout: Layout = TABLE_LAYOUT
    path: str = ""


ALL_COLUMNS = DisplayOptions()


def layout_problem(text: str) -> str:
    """Return why a value of the key `layout` is invalid, '' if it is valid."""
    valid_forms = "`table`, `groups COLUMN, …`, both with `; below COLUMN, …`, or `record TEXT {COLUMN} …`"
    if not text.isprintable():
        return "layout has an invisible character"
    return "" if _LAYOUT_REGEX.fullmatch(text) else f"layout must be {valid_forms}, not {text!r}"


def read_layout(text: str) -> Layout:
    """Return the layout of a value of the key `layout`; a table for an invalid value."""
    match = _LAYOUT_REGEX.fullmatch(text)
    if match is None:
        return TABLE_LAYOUT
    parts = match.groupdict("")
    return Layout(
        text.replace(";", " ").split()[0],
        _split_names(parts["groups"]),
        _split_names(parts["below"]),
        parts["template"],
    )


def _split_names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
