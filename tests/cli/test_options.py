"""Values of --arg, time windows, and options that the user gave."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from iamsql.cli.options import check_window, is_given, parse_pairs


@pytest.mark.parametrize(
    ("args", "values"),
    [
        ((), {}),
        (("a=1", "b=x=y"), {"a": "1", "b": "x=y"}),
        (("a= b \r\n",), {"a": " b "}),
        (("a=",), {"a": ""}),
    ],
)
def test_a_value_begins_after_the_first_sign(args: tuple[str, ...], values: dict[str, str]) -> None:
    assert parse_pairs(args) == values


@pytest.mark.parametrize(
    ("args", "message"),
    [(("a",), "NAME=VALUE, not 'a'"), (("=1",), "not '=1'"), (("a=1", "a=1"), "--arg a is given twice")],
)
def test_another_form_is_an_error_of_use(args: tuple[str, ...], message: str) -> None:
    with pytest.raises(click.UsageError, match=message):
        parse_pairs(args)


def test_a_window_is_given_in_one_way() -> None:
    check_window(7, None, None)
    check_window(None, "2026-03-01", "2026-03-02")
    with pytest.raises(click.UsageError, match="--days or --start-date, not both"):
        check_window(7, "2026-03-01", None)
    with pytest.raises(click.UsageError, match="is before"):
        check_window(None, "2026-03-02", "2026-03-01")


def test_a_default_is_not_given_by_the_user() -> None:
    @click.command()
    @click.option("--one")
    @click.option("--two", envvar="IAMSQL_TEST_TWO")
    @click.option("--three", default="3")
    def command(**values: str) -> None:
        click.echo(" ".join(name for name in values if is_given(name)))

    result = CliRunner().invoke(command, ["--one", "1"], env={"IAMSQL_TEST_TWO": "2"})
    assert result.stdout.split() == ["one", "two"]
