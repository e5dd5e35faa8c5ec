"""Options of the configuration file when a run is resumed: they apply, but the user did not state them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from iamsql.model import IamsqlError
from iamsql.sync import Options
from iamsql.sync.resume.stored_options import command, resumed_options

READER = "arn:aws:iam::111122223333:role/reader"


def resumed(stored: dict[str, Any], given_options: tuple[str, ...] = (), **options: Any) -> Options:
    """Return the options of a run that stores options, resumed by a command that states some of the others."""
    metadata: Any = SimpleNamespace(run_id="r", options=stored, window_start=None, window_end=None)
    return resumed_options(
        Options(Path("runs"), resume=True, given_options=frozenset(given_options), **options), metadata
    )[0]


def test_the_scope_is_that_of_the_run_and_not_of_the_file() -> None:
    stored = {"regions": ["eu-west-1"], "days": 7}
    options = resumed(stored, regions=("us-east-1",), days=30, events=("none",))
    assert (options.regions, options.days) == (("eu-west-1",), 7)
    with pytest.raises(IamsqlError, match="--region cannot be changed now"):
        resumed(stored, ("regions",), regions=("us-east-1",), days=30)


def test_an_identity_of_the_file_need_not_be_given_again() -> None:
    stored = {"profile": "audit", "org_role": READER}
    options = resumed(stored, profile="audit", org_role=READER)
    assert (options.profile, options.org_role) == ("audit", READER)
    with pytest.raises(IamsqlError, match=r"not taken from its file(.|\n)*--profile audit"):
        resumed(stored)


def test_a_source_of_the_file_must_be_that_of_the_run() -> None:
    assert resumed({"trail": "s3://logs/a"}, trail="s3://logs/a").trail == "s3://logs/a"
    with pytest.raises(IamsqlError, match="--trail cannot be changed now"):
        resumed({"trail": "s3://logs/a"}, trail="s3://logs/b")


def test_the_command_selects_the_configuration_instead_of_repeating_it() -> None:
    selection = ("--config", "my file.toml", "--organization", "prod")
    configured: dict[str, Any] = {
        "profile": "audit",
        "roles": ("x",),
        "given_options": frozenset({"profile"}),
        "org_role": READER,
    }
    options = Options(Path("data/prod"), resume=True, selection=selection, **configured)
    assert command(options) == ("iamsql sync --resume --profile audit --config 'my file.toml' --organization prod")
    assert "--runs data/prod" in command(Options(Path("data/prod"), resume=True))


def test_a_program_states_what_is_not_the_default() -> None:
    options = Options(Path("runs"), regions=("us-east-1",))
    assert options.is_given("regions") and not options.is_given("days")
