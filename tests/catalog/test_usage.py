"""The command line of a query: usage, examples, and positional values."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from iamsql import catalog
from iamsql.catalog.usage import command_line, example, usage
from iamsql.model import IamsqlError, Query

TEXT = """-- title: T
-- param: who text
-- param: days integer = 3
-- param: what text
-- param: more text = ''
{}
select $who, $days, $what, $more
"""


def parsed(line: str) -> Query:
    return catalog.parse(TEXT.format(line), Path("asked.sql"))


def test_the_usage_has_positional_parameters_and_other_required_ones() -> None:
    assert usage(parsed("-- positional: who, days")) == "iamsql query asked WHO [DAYS] --arg what=…"
    assert usage(parsed("-- severity: low")) == "iamsql query asked --arg who=… --arg what=…"


def test_positional_values_are_the_parameters_in_their_order() -> None:
    query = parsed("-- positional: what, who, days")
    assert catalog.with_positional(query, ["a"], {"who": "b"}) == {"what": "a", "who": "b"}
    assert catalog.with_positional(query, ["a", "", "3"], {}) == {"what": "a", "who": "", "days": "3"}


@pytest.mark.parametrize(
    ("values", "args", "message"),
    [
        (["a", "b", "c"], {}, "asked takes at most 2 positional values, not 3.\nUsage: iamsql query asked WHO [DAYS]"),
        (["a"], {"who": "b"}, "asked has two values for who: a positional one and --arg who=…"),
    ],
)
def test_other_positional_values_are_errors(values: list[str], args: dict[str, str], message: str) -> None:
    with pytest.raises(IamsqlError) as caught:
        catalog.with_positional(parsed("-- positional: who, days"), values, args)
    assert str(caught.value).startswith(message)


def test_a_query_without_the_key_takes_no_positional_values() -> None:
    with pytest.raises(IamsqlError, match=r"takes no positional values\.\nGive its .* \(who, days, what, more\)"):
        catalog.with_positional(parsed("-- severity: low"), ["a"], {})
    with pytest.raises(IamsqlError, match=r"takes no positional values\.$"):
        catalog.with_positional(Query("q", "T", "select 1"), ["a"], {})


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("-- positional: whom", r"asked.sql:6: positional: there is no parameter whom; did you mean who\?"),
        ("-- positional: who, who", "positional: who is listed twice"),
        ("-- positional: days, who", "positional: who is required, and must come before days"),
        ("-- positional:", "positional has no value"),
    ],
)
def test_a_list_of_other_names_is_an_error(line: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        parsed(line)


def test_a_command_line_survives_a_shell() -> None:
    query = parsed("-- positional: who, what")
    values = {"who": "a b'c", "what": "-x", "more": "$(id)\n"}
    words = shlex.split(command_line(query, values))
    assert words == ["iamsql", "query", "asked", "a b'c", "--arg", "what=-x", "--arg", "more=$(id)\n"]


def test_each_example_of_a_shipped_query_can_be_bound() -> None:
    for versions in catalog.load([catalog.shipped_folder()]).values():
        query = versions[-1]
        words = shlex.split(example(query))[3:]
        positions = [position for position, word in enumerate(words) if word == "--arg"]
        positional = words[: positions[0]] if positions else words
        args = dict(words[position + 1].split("=", 1) for position in positions)
        catalog.bind(query, catalog.with_positional(query, positional, args))
