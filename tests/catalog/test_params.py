"""Arguments of queries: conversion to the types of the parameters, and errors."""

from __future__ import annotations

from datetime import date

import pytest

from iamsql import catalog
from iamsql.model import IamsqlError, Param, Query


def test_arguments_are_converted_to_the_types_of_the_parameters(queries: dict[str, list[Query]]) -> None:
    query = queries["stale_keys"][-1]
    assert catalog.bind(query, {"days": " 30", "since": "2026-01-02", "status": "a, b"}) == {
        "days": 30,
        "account": None,
        "since": date(2026, 1, 2),
        "status": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            {},
            "stale_keys needs since: iamsql query stale_keys --arg since=…\nFor example: iamsql query stale_keys --arg since=",
        ),
        ({"since": "2026-02-30"}, "stale_keys: since must be a date such as 2026-03-01, not '2026-02-30'"),
        ({"since": "2026-01-01", "days": "many"}, "stale_keys: days must be an integer, not 'many'"),
        ({"sinse": "x"}, "stale_keys has no parameter 'sinse'; did you mean since? (it takes days integer, "),
    ],
)
def test_unknown_and_missing_arguments_are_errors(
    queries: dict[str, list[Query]], args: dict[str, str], message: str
) -> None:
    with pytest.raises(IamsqlError) as caught:
        catalog.bind(queries["stale_keys"][-1], args)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("integer", ["", "1.5", "1_0", "٣", "2147483648", "1e3", "0x1"]),
        ("double", ["", "nan", "inf", "1_0", "a"]),
        ("boolean", ["", "maybe", "1"]),
        ("date", ["", "20260301", "2026-3-1", "today", "2026-13-01"]),
        ("timestamp", ["", "now", "2026-03-01T25:00"]),
        ("text", ["\udcff"]),
        ("text[]", ["a,\udcff"]),
    ],
)
def test_an_argument_of_another_type_is_an_error(kind: str, wrong: list[str]) -> None:
    query = Query("q", "T", "select $p", params=(Param("p", kind, required=True),))
    for text in wrong:
        with pytest.raises(IamsqlError, match="q: p must be"):
            catalog.bind(query, {"p": text})


def test_an_argument_for_a_query_without_parameters_is_an_error() -> None:
    with pytest.raises(IamsqlError, match=r"q has no parameter 'x' \(it takes none\)"):
        catalog.bind(Query("q", "T", "select 1"), {"x": "1"})
