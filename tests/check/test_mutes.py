"""Suppressions with an owner and an expiry date, and the settings of iamsql.toml."""

from __future__ import annotations

import json
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
from click.testing import CliRunner

from iamsql.cli import main
from tests.check.example_controls import A, B, rows, run
from tests.tiers import slow_but_every

HEAD = "control,account,resource,owner,reason,expires"


@pytest.fixture(autouse=True)
def clock(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a run and two controls, on the day of the run."""
    monkeypatch.setattr("iamsql.check.mutes.datetime", Clock)


class Clock(datetime):
    """The day of the run."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Clock:
        return cls(2026, 3, 1, tzinfo=tz)


def mutes(*lines: str, name: str = "mutes.csv") -> str:
    Path(name).write_text("\n".join((HEAD, *lines, "")))
    return name


def statuses(*args: str) -> dict[str, tuple[str, str]]:
    """Return status and reason by the last part of the resource."""
    return {row["resource"].rpartition("/")[2]: (row["status"], row["reason"]) for row in rows("mfa", *args)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        f"mfa,{A},*:user/bo,ops,a robot,2026-03-01",
        f"*,*,arn:aws:iam::{A}:user/b?,ops,a robot,2026-03-01",
        f"mfa,*,arn:aws:iam::{A}:user/bo,ops,a robot.,2026-03-01",
    ],
)
def test_a_suppression_keeps_the_row_and_removes_its_alarm(line: str) -> None:
    results_by_status = statuses("--mutes", mutes(line))
    assert results_by_status["bo"] == ("muted", "No MFA (muted until 2026-03-01 by ops: a robot)")
    assert results_by_status["eve"][0] == "alarm" and results_by_status["ana"][0] == "ok"
    assert "MUTED .... 1" in run("mfa", "--mutes", "mutes.csv").stdout
    muted = ("mfa", "--mutes", "mutes.csv", "--account", A)
    assert (run(*muted).exit_code, run(*muted, "--where", "resource not like '%/cy'").exit_code) == (4, 0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [
        f"mfa,{B},*:user/bo,o,r,2027-01-01",
        "alias,*,*:user/bo,o,r,2027-01-01",
        "mfa,*,user/bo,o,r,2027-01-01",
        "mfa,*,%:user/bo,o,r,2027-01-01",
        "mfa,*,*:user/b_,o,r,2027-01-01",
        "mfa,*,*:user/[b]o,o,r,2027-01-01",
        "mfa,*,*:USER/BO,o,r,2027-01-01",
    ],
)
def test_a_suppression_that_matches_nothing_is_reported(line: str) -> None:
    result = run("mfa", "alias", "--mutes", mutes(line))
    assert statuses("--mutes", "mutes.csv")["bo"][0] == "alarm"
    assert "mutes.csv:2: this mute matches no alarm or error; remove it." in result.stderr


@pytest.mark.slow
def test_errors_are_suppressed_and_ok_rows_are_not() -> None:
    results_by_status = statuses("--mutes", mutes("mfa,*,*,o,r,2027-01-01"))
    assert results_by_status["cy"][0] == results_by_status["bo"][0] == "muted" and results_by_status["ana"][0] == "ok"
    assert run("mfa", "--mutes", "mutes.csv").stderr == "From ./queries: ./queries/theme/mfa.sql.\n"


@pytest.mark.slow
def test_a_suppression_expires_by_the_day_of_the_run() -> None:
    results_by_status = statuses("--mutes", mutes(f"mfa,{A},*:user/bo,ops,a robot,2026-02-28"))
    assert results_by_status["bo"] == ("alarm", "No MFA (the mute by ops expired on 2026-02-28)")
    result = run("mfa", "--mutes", "mutes.csv")
    assert "(the mute by ops expired" in result.stdout and "mutes.csv" not in result.stderr
    lasting = mutes(f"mfa,{A},*:user/bo,ops,old,2026-02-28", f"mfa,{A},*:user/bo,dev,new,2026-04-01")
    assert statuses("--mutes", lasting)["bo"][1] == "No MFA (muted until 2026-04-01 by dev: new)"


@pytest.mark.slow
def test_suppressions_of_controls_that_did_not_run_are_not_reported() -> None:
    assert "mutes" not in run("alias", "--mutes", mutes("mfa,*,nothing,o,r,2027-01-01")).stderr


@pytest.mark.parametrize(
    "line",
    slow_but_every(
        3,
        [
            "mfa,*,*",
            f"*,{A},*",
            "*,*,*:user/*",
            "*,*,arn:aws:iam::*",
            f"*,*,arn:aws:*{A}*",
            "*,*,[*",
            "*,*,arn:aws:???111111111111",
        ],
    ),
)
def test_a_suppression_of_up_to_a_year_is_accepted(line: str) -> None:
    result = run("mfa", "--mutes", mutes(f"{line},o,r,2027-03-02"))
    assert result.exit_code in (0, 1, 4), result.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("mfa,*,*,,r,2027-01-01", "mutes.csv:2: no owner"),
        ("mfa,*,*,o,,2027-01-01", "mutes.csv:2: no reason"),
        ("mfa,*,*,o,r,", "mutes.csv:2: no expires"),
        ("mfa,*,*,o,r,2027-02-30", "mutes.csv:2: expires must be a date such as 2026-03-01, not '2027-02-30'"),
        ("mfa,*,*,o,r,tomorrow", "not 'tomorrow'"),
        ("mfaa,*,*,o,r,2027-01-01", "no control named 'mfaa'; did you mean mfa?"),
        ("mfa,12,*,o,r,2027-01-01", "account must be 12 digits or *"),
        ("mfa,*,,o,r,2027-01-01", "no resource"),
        ("mfa,*,*,o,r", "mutes.csv:2: 5 fields, not 6"),
        ("mfa,*,*,o,r,2027-03-03", "mutes.csv:2: expires is more than a year away: 2027-03-02 is the latest day"),
        ("mfa,*,*,o,r,9999-12-31", "mutes.csv:2: expires is more than a year away"),
        *(
            (f"*,*,{resource},o,r,2026-12-31", "mutes.csv:2: this mute matches every finding: limit it to a control")
            for resource in (
                "*",
                "**",
                "?*",
                "*?*",
                "*:*",
                "arn:*",
                "arn:aws:*",
                "a?n:*:*:*",
                "arn:aws-cn:*",
                f"{'*?' * 12}*",
            )
        ),
        ('mfa,*,*,o,"two\nlines",2027-01-01\nmfa,*,*,,r,2027-01-01', "mutes.csv:4: no owner"),
    ],
)
def test_a_suppression_without_an_owner_is_an_error(line: str, message: str) -> None:
    result = run("mfa", "--mutes", mutes(line))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_an_invalid_file_of_suppressions_is_an_error() -> None:
    Path("a.csv").write_text("control,account\n")
    assert f"a.csv:1: the first line must be {HEAD}" in run("mfa", "--mutes", "a.csv").stderr
    assert "cannot read b.csv" in run("mfa", "--mutes", "b.csv").stderr
    assert "must have the suffix .csv or .toml" in run("mfa", "--mutes", "c.txt").stderr


@pytest.mark.slow
def test_mutes_in_toml() -> None:
    good = f'[[mute]]\ncontrol = "mfa"\naccount = "{A}"\nresource = "*bo"\nowner = "o"\nreason = "r"\nexpires = 2026-12-31\n'
    Path("m.toml").write_text(good)
    assert statuses("--mutes", "m.toml")["bo"][0] == "muted"
    Path("m.toml").write_text(good + "\n" + good.replace('owner = "o"\n', ""))
    assert "m.toml:9: no owner" in run("mfa", "--mutes", "m.toml").stderr
    Path("m.toml").write_text(good + 'why = "x"\n')
    assert "m.toml:1: unknown key 'why'" in run("mfa", "--mutes", "m.toml").stderr
    Path("m.toml").write_text("mutes = []")
    assert "m.toml:1:" in run("mfa", "--mutes", "m.toml").stderr


@pytest.mark.slow
def test_a_suppressed_alarm_is_marked_in_sarif() -> None:
    document = json.loads(run("mfa", "-o", "sarif", "--mutes", mutes("mfa,*,*:user/bo,ops,a robot,2027-01-01")).stdout)
    suppressed = [result for result in document["runs"][0]["results"] if "suppressions" in result]
    assert len(suppressed) == 1 and suppressed[0]["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith(
        "bo"
    )
    [suppression] = suppressed[0]["suppressions"]
    assert suppression["kind"] == "external" and suppression["justification"] == "ops until 2027-01-01: a robot"


# -- iamsql.toml -----------------------------------------------------------------------------------------------------------


def settled(text: str, name: str = "iamsql.toml") -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(text)


def controls_of(*args: str) -> set[str]:
    results = rows(*args, "--where", "control = 'alias' and status in ('ok', 'alarm')")
    return {row["reason"] for row in results}


@pytest.mark.slow
def test_parameter_values_have_an_order_of_precedence() -> None:
    assert (controls_of("alias"), controls_of("first_v1.0")) == ({"Wanted x."}, {"Wanted y."})
    settled('[args.alias]\nwant = "file"\n')
    assert (controls_of("alias"), controls_of("first_v1.0")) == ({"Wanted file."}, {"Wanted file."})
    assert controls_of("first_v1.0", "--arg", "want=line") == {"Wanted line."}
    settled('[args.alias]\nwant = "other"\n', "team/own.toml")
    assert controls_of("alias", "--config", "team/own.toml") == {"Wanted other."}


@pytest.mark.slow
def test_a_relative_path_of_suppressions_starts_at_the_settings_file() -> None:
    settled('mutes = ["mutes.csv"]\n', "team/own.toml")
    mutes("mfa,*,*:user/bo,ops,a robot,2027-01-01", name="team/mutes.csv")
    assert statuses("--config", "team/own.toml")["bo"][0] == "muted"


@pytest.mark.slow
def test_a_query_uses_the_parameter_values_of_the_settings_too() -> None:
    Path("queries/plain.sql").write_text("-- title: x\n-- param: n integer = 1\n\nselect $n as n")
    ask = CliRunner()
    settled("[args.plain]\nn = 2\n")
    assert ask.invoke(main, ["query", "plain", "-o", "csv"]).stdout.split() == ["n", "2"]
    assert ask.invoke(main, ["query", "plain", "-o", "csv", "--arg", "n=3"]).stdout.split() == ["n", "3"]
    settled("[args.plain]\nm = 2\n")
    result = ask.invoke(main, ["query", "plain"])
    assert result.exit_code == 2 and "iamsql.toml: args.plain.m: plain has no such parameter" in result.stderr
    assert ask.invoke(main, ["query", "select 1 as one", "-o", "csv"]).exit_code == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("arg = 1", "iamsql.toml: arg: unknown key; did you mean args?"),
        ("[args.alais]\nwant = 'x'", "iamsql.toml: args.alais: no query of that name; did you mean alias?"),
        ("[args.alias]\nwamt = 'x'", "iamsql.toml: args.alias.wamt: alias has no such parameter; did you mean want?"),
        ("[args.'alias@7']\nwant = 'x'", "iamsql.toml: args.alias@7: no query of that name"),
        ("[args.alias]\nwant = []", "iamsql.toml: args.alias.want: alias: want must be text"),
        ("args = 3", "args must have a table"),
        ("[args]\nalias = 3", "args.alias must be a table"),
        ("mutes = 'x.csv'", "mutes must be a list"),
        ("x = ", "iamsql.toml: "),
    ],
)
def test_an_error_in_the_settings_names_the_key(text: str, message: str) -> None:
    settled(text)
    result = run("mfa")
    assert (result.exit_code, result.stdout) == (2, "") and message in result.stderr


@pytest.mark.slow
def test_the_settings_of_the_working_folder_are_reported() -> None:
    here = "From ./queries: ./queries/theme/mfa.sql, ./queries/theme/alias.sql.\n"
    settled('mutes = ["mutes.csv"]\n[args.alias]\nwant = "file"\n')
    mutes("mfa,*,*:user/*,ops,robots,2027-01-01", "mfa,*,*:user/b?,ops,old,2026-02-01")
    result = run("mfa", "alias")
    assert result.stderr.startswith(
        f"{here}./iamsql.toml sets parameters of alias (want).\n./iamsql.toml: 1 mute hides 3 findings.\n"
    )
    assert "iamsql.toml" not in run("mfa", "alias", "--quiet").stderr
    assert "1 mute hides" not in run("alias").stderr
    assert "sets parameters" not in run("alias", "--arg", "want=x").stderr
    assert "iamsql.toml" not in run("mfa", "alias", "--config", "iamsql.toml").stderr
    Path("more.csv").write_text(f"{HEAD}\nmfa,*,arn:aws:::*,dev,accounts,2027-01-01\n")
    assert (
        "./iamsql.toml: 1 of its mutes and 1 of --mutes hide 5 findings.\n" in run("mfa", "--mutes", "more.csv").stderr
    )


@pytest.mark.slow
def test_a_query_reports_the_settings_of_the_working_folder() -> None:
    Path("queries/plain.sql").write_text("-- title: x\n-- param: n integer = 1\n\nselect $n as n")
    settled("[args.plain]\nn = 2\n")
    ask = CliRunner()
    result = ask.invoke(main, ["query", "plain"])
    assert result.stderr == "From ./queries: ./queries/plain.sql.\n./iamsql.toml sets parameters of plain (n).\n"
    assert ask.invoke(main, ["query", "plain", "--arg", "n=3"]).stderr == "From ./queries: ./queries/plain.sql.\n"
    assert ask.invoke(main, ["query", "queries/plain.sql", "--arg", "n=3"]).stderr == ""
    assert ask.invoke(main, ["query", "select 1"]).stderr == ""


def test_iamsql_toml_can_contain_the_mutes_themselves() -> None:
    table = f'[[mutes]]\ncontrol = "mfa"\naccount = "{A}"\nresource = "*:user/bo"\nowner = "ops"\nreason = "robot"\n'
    Path("iamsql.toml").write_text(f"{table}expires = 2026-03-01\n")
    assert statuses()["bo"] == ("muted", "No MFA. (muted until 2026-03-01 by ops: robot)".replace(". (", " ("))
    assert "./iamsql.toml: 1 mute hides 1 finding." in run("mfa").stderr  # nobody named this file
    Path("robots.toml").write_text(f"{table}expires = 2026-03-01\n")
    assert "1 mute hides" not in run("mfa", "--config", "robots.toml").stderr
    line = f"mfa,{A},*:user/bo,ops,robot,2026-03-01"
    inline = f'{{control = "mfa", account = "{B}", resource = "*", owner = "o", reason = "r", expires = "2026-03-01"}}'
    Path("iamsql.toml").write_text(f'mutes = ["{mutes(line)}", {inline}]\n')
    assert [statuses()[name][0] for name in ("bo", "eve")] == ["muted", "muted"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[[mutes]]\ncontrol = "mfa"\n', "iamsql.toml: mutes 1: no account"),
        ('[[mutes]]\nuntil = "x"\n', "iamsql.toml: mutes 1: unknown key 'until'"),
        (
            '[[mutes]]\ncontrol = "mfaa"\naccount = "*"\nresource = "*"\nowner = "o"\nreason = "r"\nexpires = "x"\n',
            "mfa?",
        ),
        ("mutes = [1]\n", "mutes must be a list of files"),
        ('mutes = "x"\n', "mutes must be a list of files"),
        (
            '[[mutes]]\ncontrol = "*"\naccount = "*"\nresource = "*"\nowner = "o"\nreason = "r"\nexpires = 2026-03-01\n',
            "mutes 1: this mute matches every finding",
        ),
    ],
)
def test_an_invalid_mute_of_iamsql_toml_is_an_error(text: str, message: str) -> None:
    Path("iamsql.toml").write_text(text)
    result = run("mfa")
    assert result.exit_code == 2 and message in result.stderr and len(result.stderr.splitlines()) <= 2
