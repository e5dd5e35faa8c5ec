"""The fields of a dataclass are the options of a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from iamsql.catalog.settings.option import ANY, argument, option, option_set
from iamsql.cli.declared import add_options, build_options, takes
from iamsql.model import IamsqlError


def lower(label: str, value: Any) -> Any:
    """Return a text in lower case."""
    if value == "bad":
        raise IamsqlError(f"{label} takes a text, not {value!r}.")
    return value.lower() if isinstance(value, str) else value


@option_set
class Options:
    """Options of each form."""

    name: str | None = argument(None, "[NAME]")
    count: int = option(3, "--count", "-c", metavar="N", bounds=(1, 9), help="How many.")
    words: tuple[str, ...] = option((), "--word", help="Words.", default_text="none")
    folder: Path | None = option(None, "--folder")
    is_loud: bool = option(False, "--loud", help="Loud.")
    color: str = option("red", "--color", choices=("red", "blue"))
    text: str = option("", "--text", check=lower)
    link: bool | str = option(False, "--link", flag_value="[URL]", check=lower)
    rare: int = option(1, "--rare", only_file=True, envvar="IAMSQL_RARE", toml="test.rare", example="2", trust=ANY)


@click.command()
@takes(Options)
def command(options: Options) -> None:
    click.echo(repr({name: getattr(options, name) for name in Options.__dataclass_fields__}))


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(command, arguments, env=environment)


def values(*arguments: str, **environment: str) -> dict[str, Any]:
    result = run(*arguments, **environment)
    assert result.exit_code == 0, result.output
    received: dict[str, Any] = eval(result.stdout, {"PosixPath": Path})
    return received


def test_a_command_receives_the_defaults() -> None:
    assert values() == {
        "name": None, "count": 3, "words": (), "folder": None, "is_loud": False, "color": "red", "text": "", "link": False,
        "rare": 1,
    }  # fmt: skip


def test_a_command_receives_the_values_of_the_user() -> None:
    received = values(
        "ana", "-c", "9", "--word", "a", "--word", "b", "--folder", "x/y", "--loud", "--text", "ABC", "--link=U"
    )
    assert (received["name"], received["count"]) == ("ana", 9)
    assert (received["words"], received["folder"]) == (("a", "b"), Path("x/y"))
    assert (received["is_loud"], received["text"], received["link"]) == (True, "abc", "u")
    assert values("--link")["link"] is True
    assert values(IAMSQL_RARE="5")["rare"] == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--count", "10"), "10 is not in the range 1<=x<=9"),
        (("--color", "green"), "'green' is not one of 'red', 'blue'"),
        (("--text", "bad"), "--text takes a text, not 'bad'."),
        (("--rare", "2"), "No such option"),
        (("a", "b"), "unexpected extra argument"),
    ],
)
def test_an_invalid_value_is_an_error_of_use(arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and message in result.output


def test_an_option_of_the_file_says_what_to_write_there() -> None:
    rare = next(param for param in command.params if param.name == "rare")
    expected = "Set it in the section [test] of iamsql.toml: rare = 2, or the environment variable IAMSQL_RARE"
    assert getattr(rare, "replacement", "") == expected
    result = run(IAMSQL_RARE="x")
    assert result.exit_code == 2 and "Invalid value for 'IAMSQL_RARE'" in result.output


def test_the_help_has_defaults_and_what_is_repeatable() -> None:
    text = " ".join(run("--help").stdout.split())
    assert "How many. [default: 3; 1<=x<=9]" in text
    assert "Words. Repeatable. [default: none]" in text
    assert "--loud Loud." in text and "--rare" not in text


def test_other_parameters_are_not_options_of_the_dataclass() -> None:
    @click.command()
    @click.option("--other", default="o")
    @takes(Options)
    def both(options: Options, other: str) -> None:
        click.echo(f"{options.count} {other}")

    assert CliRunner().invoke(both, ["-c", "2"]).stdout == "2 o\n"
    assert build_options(Options, {"count": 4, "unknown": 1}).count == 4

    @click.command()
    @add_options(Options)
    def keywords(**received: Any) -> None:
        click.echo(received["color"])

    assert CliRunner().invoke(keywords, ["--color", "blue"]).stdout == "blue\n"
