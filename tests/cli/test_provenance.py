"""What a file says about its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import click
import pytest
from click.core import ParameterSource

from iamsql.cli.provenance import provenance_of_controls, provenance_of_findings, stored_settings

STARTED = datetime(2026, 3, 1, tzinfo=UTC)
FACTS = SimpleNamespace(run_id="20260301T000000Z-o-1", started_at=STARTED)
CHECKS: Any = SimpleNamespace(notes=lambda names: ["of a file"], failures=lambda names: ["bad.sql"])


def options(**values: Any) -> Any:
    return SimpleNamespace(**{"args": ("days=3",), "names": ("all",), "severity": "high", "accounts": ()} | values)


@pytest.fixture(autouse=True)
def context() -> Any:
    with click.Context(click.Command("check")) as opened:
        opened.set_parameter_source("severity", ParameterSource.COMMANDLINE)
        opened.set_parameter_source("accounts", ParameterSource.DEFAULT)
        yield opened


def test_the_settings_are_what_the_user_gave() -> None:
    assert stored_settings(options(), {"severity": "--severity", "accounts": "--account"}) == {
        "days": "3",
        "--severity": "high",
    }
    assert stored_settings(options(args=()), {}) == {}


def test_controls_have_the_titles_of_their_benchmarks_and_all_notes() -> None:
    trees = [(SimpleNamespace(title="One"), []), (SimpleNamespace(title="Two"), [])]
    run: Any = SimpleNamespace(
        selection=SimpleNamespace(trees=trees), notes=lambda: ["1 account not read"], failures={"x": "x failed"},
        reader=SimpleNamespace(metadata=FACTS),
    )  # fmt: skip
    provenance = provenance_of_controls(run, CHECKS, options())
    assert (provenance.title, provenance.query) == ("One, Two", "all")
    assert (provenance.run_id, provenance.started_at) == (FACTS.run_id, STARTED)
    assert provenance.notes == ["of a file", "1 account not read", "Error: x failed", "Error: bad.sql"]


def test_findings_of_all_detections_have_their_name() -> None:
    result: Any = SimpleNamespace(notes=[], failures=[], metadata=FACTS)
    provenance = provenance_of_findings(result, CHECKS, options(names=()))
    assert (provenance.title, provenance.query) == ("Findings of detections", "detections")
