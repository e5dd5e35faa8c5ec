"""The results of many controls are converted, muted and counted together, with the results that each control has alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from iamsql.check import result_store
from iamsql.runs.store.limited_connection import LimitedConnection
from tests.check.example_controls import MFA, control, run

MUTES = """
[[mute]]
control = "mfa_2"
account = "111111111111"
resource = "*:user/bo"
reason = "A test account."
owner = "team@example.com"
expires = 2026-06-01
"""
pytestmark = pytest.mark.usefixtures("folder")


def executed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list of the statements that are executed from now on."""
    statements: list[str] = []
    execute = LimitedConnection.execute
    monkeypatch.setattr(
        LimitedConnection,
        "execute",
        lambda self, sql, values=None: (statements.append(sql), execute(self, sql, values))[1],
    )
    return statements


@pytest.mark.parametrize(("constant", "limit"), [("MAX_CONTROLS", 1), ("MAX_CONTROLS", 3), ("MAX_ROWS", 7)])
def test_the_results_do_not_depend_on_which_controls_are_converted_together(
    folder: Path, monkeypatch: pytest.MonkeyPatch, constant: str, limit: int
) -> None:
    for number in range(5):
        control(folder, f"mfa_{number}", MFA.replace("7 as days", f"{number} as place_{number}"))
    (folder / "mutes.toml").write_text(MUTES)
    together = run("all", "first_v1.0", "-o", "csv", "--mutes", "mutes.toml")
    assert together.stdout.count("muted until") == 1, together.stderr
    monkeypatch.setattr(result_store, constant, limit)
    separately = run("all", "first_v1.0", "-o", "csv", "--mutes", "mutes.toml")
    assert (separately.stdout, separately.exit_code) == (together.stdout, together.exit_code)


def test_each_more_control_needs_one_statement_to_store_its_rows(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statements, lengths = executed(monkeypatch), []
    for number in (2, 12):
        for index in range(number):
            control(folder, f"mfa_{index}", MFA)
        statements.clear()
        run("all", "-o", "brief")
        lengths.append(sum("iamsql_results" in sql or "iamsql_control_rows" in sql for sql in statements))
    assert lengths[1] - lengths[0] == 10


def test_a_control_that_cannot_be_converted_does_not_affect_the_others(folder: Path) -> None:
    expected = run("all", "-o", "csv").stdout
    path = control(
        folder, "bad", "select 'x' as resource, 1 as status, 'r' as reason, '1' as account_id, 'global' as region"
    )
    result = run("all", "-o", "csv")
    [error] = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert f"{path.relative_to(folder)}: Conversion Error" in error
    assert (result.stdout, result.exit_code) == (expected, 2)
