"""Values of query parameters and suppressions in iamsql.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.catalog.settings.query_values import Config, read_config, version_reference
from iamsql.model import IamsqlError, Param, Query

DAYS = Param("days", "integer", 90)
NEW, OLD = Query("keys", "", "", version=2, params=(DAYS,)), Query("keys", "", "", params=(DAYS,), latest=False)


def read(tmp_path: Path, text: str) -> Config:
    path = tmp_path / "own.toml"
    path.write_text(text)
    return read_config(path, ["keys"])


def test_values_are_of_the_newest_version_or_of_a_named_one(tmp_path: Path) -> None:
    config = read(tmp_path, '[args.keys]\ndays = 1\n[args."keys@1"]\ndays = 2\n')
    assert (config.of(NEW), config.of(OLD)) == ({"days": 1}, {"days": 2})
    assert (version_reference(NEW), version_reference(OLD)) == ("keys", "keys@1")
    config.validate_all([NEW, OLD])


def test_suppressions_are_files_and_tables(tmp_path: Path) -> None:
    config = read(tmp_path, 'mutes = ["a.csv", "b/c.toml"]\n')
    assert config.mute_files == (tmp_path / "a.csv", tmp_path / "b/c.toml") and config.mutes == ()
    assert read(tmp_path, "[[mutes]]\ncontrol = 'x'\n").mutes == ({"control": "x"},)
    assert not config.is_local and config.path == str(tmp_path / "own.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("args = 1", "args must have a table for each query"),
        ("[args.kys]\ndays = 1", "args.kys: no query of that name; did you mean keys"),
        ("[args]\nkeys = 1", "args.keys must be a table of parameters"),
        ("mutes = 'a.csv'", "mutes must be a list of files"),
        ("mutes = [1]", "mutes must be a list of files"),
    ],
)
def test_another_form_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({"keys": {"dayz": 1}}, "args.keys.dayz: keys has no such parameter; did you mean days"),
        ({"keys": {"days": "x"}}, "args.keys.days: "),
        ({"keys@7": {"days": 1}}, "args.keys@7: no query of that name"),
    ],
)
def test_values_that_a_query_does_not_take_are_errors(args: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(IamsqlError, match=message):
        Config("x", args=args).validate_all([NEW])
    Config("x", args={"bad": {"x": 1}}).validate_all([NEW], ["bad"])
