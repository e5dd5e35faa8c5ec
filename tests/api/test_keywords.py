"""The keywords of the Python API are options of commands."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import iamsql
from iamsql.api.keywords import CheckKeywords, OpenKeywords, OpenOptions, options_from
from iamsql.catalog.settings.check_options import CheckOptions
from iamsql.catalog.settings.option import options_of
from iamsql.cli.query import QueryOptions

GLOBAL = {"config", "organization"}  # options of every command, which no group declares


def names(options_class: type) -> set[str]:
    """Return the names of options, and their keys in iamsql.toml."""
    return {name for item in options_of(options_class) for name in (item.name, item.key) if name}


@pytest.mark.parametrize(
    ("keywords", "command", "api"),
    [(OpenKeywords, QueryOptions, OpenOptions), (CheckKeywords, CheckOptions, CheckOptions)],
)
def test_a_keyword_is_an_option_of_the_command(keywords: type, command: type, api: type) -> None:
    declared = set(inspect.get_annotations(keywords))
    assert declared - names(command) <= GLOBAL
    assert declared - names(api) <= GLOBAL


def test_an_option_of_the_api_has_a_keyword() -> None:
    keywords = set(inspect.get_annotations(OpenKeywords))
    assert [item.name for item in options_of(OpenOptions) if not {item.name, item.key} & keywords] == []


@pytest.mark.parametrize(("function", "keywords"), [(iamsql.open, OpenKeywords), (iamsql.Run.check, CheckKeywords)])
def test_the_signature_lists_the_keywords(function: object, keywords: type) -> None:
    parameters = inspect.signature(function).parameters.values()  # type: ignore[arg-type]
    names = [item.name for item in parameters if item.kind is inspect.Parameter.KEYWORD_ONLY]
    assert names == list(inspect.get_annotations(keywords))


def test_values_have_the_types_of_the_options() -> None:
    options = options_from(CheckOptions, {"accounts": ["1"], "mutes": ["a.csv"], "severity": "high"})
    assert (options.accounts, options.mutes, options.severity, options.days) == (("1",), (Path("a.csv"),), "high", None)
    assert options_from(OpenOptions, {"queries": [Path("own")]}).query_dirs == ("own",)


def test_an_unknown_keyword_is_a_type_error(demo_run: Path) -> None:
    with pytest.raises(
        TypeError, match=r"open\(\) has no keyword 'tiemout'; did you mean timeout\? \(keywords are runs, "
    ):
        iamsql.open(demo_run, tiemout=3)  # type: ignore[call-arg]
    with iamsql.open(demo_run) as run, pytest.raises(TypeError, match=r"check\(\) has no keyword 'names'"):
        run.check("root_mfa", names=["root_mfa"])  # type: ignore[call-arg]
