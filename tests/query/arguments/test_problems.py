"""Errors about arguments have bounded, visible text."""

from __future__ import annotations

from iamsql.query.arguments.problems import (
    MAX_LISTED_VALUES,
    MAX_VALUE_CHARACTERS,
    ArgumentError,
    quote_value,
    shortened_list,
)


def test_an_error_names_the_query_the_near_values_and_the_next_step() -> None:
    problem = ArgumentError("anna", "is not a user", ["ana", "hanna"], "List them.")
    assert str(problem.error("can", "principal")) == (
        "can: principal 'anna' is not a user; did you mean ana or hanna?\nList them."
    )
    assert str(ArgumentError("anna", "is not a user").error()) == "'anna' is not a user."


def test_hostile_values_are_visible_and_short() -> None:
    assert quote_value("a\x1b[2J\n\u202e") == r"'a\x1b[2J\n\u202e'"
    assert (
        quote_value("x" * (MAX_VALUE_CHARACTERS + 1)) == f"'{'x' * MAX_VALUE_CHARACTERS}…'"
        and quote_value("x" * MAX_VALUE_CHARACTERS) == f"'{'x' * MAX_VALUE_CHARACTERS}'"
    )
    error = str(ArgumentError("a", "is wrong", ["\x1b]0;t\x07"]).error())
    assert error == r"'a' is wrong; did you mean \x1b]0;t\x07?"


def test_a_long_list_says_how_many_values_are_left_out() -> None:
    values = [str(number) for number in range(MAX_LISTED_VALUES + 2)]
    assert shortened_list(values).endswith("9 and 2 more")
    assert shortened_list(values[:MAX_LISTED_VALUES]).endswith("8, 9") and shortened_list([]) == ""
    assert shortened_list(["a\n"]) == "a\\n"
