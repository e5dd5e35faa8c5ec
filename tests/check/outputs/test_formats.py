"""Output formats of `iamsql check`: the tree, rows, JUnit and SARIF, including with hostile names."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.check.example_controls import A, B, control, make, rows, run
from tests.check.outputs.hostile_results import hostile
from tests.check.outputs.sarif_documents import sarif
from tests.minimal_run import COMPLETE
from tests.tiers import slow_but_every

pytestmark = pytest.mark.usefixtures("folder")


@pytest.mark.slow
def test_the_tree() -> None:
    assert run("first_v1.0").stdout.splitlines() == [
        "+ First things [first_v1.0] .............................................................  8 / 11 [========  ]",
        "| + 1 People ............................................................................  8 / 11 [========  ]",
        "| | + 1.1 Everyone has MFA [mfa] (high) .................................................  5 /  7 [========  ]",
        f"| | |   ALARM: No MFA.  main {A}  arn:aws:iam::{A}:user/bo",
        f"| | |   ALARM: No MFA.  app {B}  arn:aws:iam::{B}:user/eve",
        f"| | |   ERROR: Unknown: no devices.  main {A}  arn:aws:iam::{A}:user/cy",
        f"| | |   ERROR: Unknown: iam:GetAccountAuthorizationDetails denied (AccessDenied).  app {B}",
        "| | |   ERROR: Unknown: AssumeRole failed (AccessDenied).  shut 333333333333",
        "| | + Names .............................................................................  3 /  4 [========  ]",
        "| | | + 1.2 About alias [alias] (low) ...................................................  3 /  4 [========  ]",
        f"| | | |   ALARM: Wanted y.  main {A}",
        f"| | | |   ERROR: Unknown: iam:GetAccountAuthorizationDetails denied (AccessDenied).  app {B}",
        "| | | |   ERROR: Unknown: AssumeRole failed (AccessDenied).  shut 333333333333",
        "",
        "Summary",
        "",
        "OK .......  1 [=         ]",
        "SKIP .....  2 [==        ]",
        "INFO .....  0 [          ]",
        "MUTED ....  0 [          ]",
        "ERROR ....  5 [=====     ]",
        "ALARM ....  3 [===       ]",
        "TOTAL .... 11",
        "",
        "5 results of 2 controls could not be evaluated: the data was not read.",
    ]


@pytest.mark.slow
def test_brief_is_the_tree_without_resources() -> None:
    table, brief = (run("first_v1.0", "-o", output).stdout.splitlines() for output in ("table", "brief"))
    assert brief == [line for line in table if "ALARM:" not in line and "ERROR:" not in line]


@pytest.mark.slow
def test_a_long_list_of_alarms_is_shortened(folder: Path) -> None:
    many = f"insert into people select '{A}', 'user ' || i, false from range(10, 40) t(i)"
    make(folder, statements=(many,))
    lines = run("mfa").stdout.splitlines()
    assert sum("ALARM:" in line for line in lines) == 10
    assert any(line.endswith("… 25 more: iamsql check mfa --output csv") for line in lines)
    assert len(rows("mfa")) == 37


@pytest.mark.slow
def test_a_reason_that_several_accounts_share_is_one_line(folder: Path) -> None:
    sql = """
        select 'arn:aws:::' || a.account_id as resource, 'alarm' as status, 'No alias.' as reason, a.account_id as account_id,
            case when a.account_id = $far then 'eu-west-1' else 'global' end as region
        from iamsql.accounts as a order by a.position
    """
    make(folder, COMPLETE, statements=("update iamsql.accounts set outcome = 'complete'",))
    control(folder, "names", sql, param="far text = 'none' # Which")
    lines = [line.strip("| ") for line in run("names").stdout.splitlines() if "ALARM:" in line]
    assert lines == ["ALARM: No alias.  4 accounts: main, app, shut, …"]
    lines = [line.strip("| ") for line in run("names", "--arg", f"far={B}").stdout.splitlines() if "ALARM:" in line]
    assert lines == ["ALARM: No alias.  3 accounts: main, shut, old", f"ALARM: No alias.  app {B}  eu-west-1"]
    assert [row["account_name"] for row in rows("names")] == ["main", "app", "shut", "old"]


@pytest.mark.parametrize("output", slow_but_every(2, ["csv", "json", "jsonl", "markdown", "junit", "sarif"]))
def test_every_format_has_the_same_results(output: str) -> None:
    text = run("mfa", "-o", output).stdout
    for user in ("bo", "cy", "eve", "333333333333"):
        assert user in text
    assert run("mfa", "-o", output).stdout == text


@pytest.mark.slow
def test_rows_come_in_batches(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("iamsql.runs.store.reader.BATCH_ROWS", 2)
    assert len(rows("all")) == 11


@pytest.mark.slow
def test_a_control_that_fails_is_in_the_files_too(folder: Path) -> None:
    control(folder, "bad", "select nonsense from people")
    root = ET.fromstring(run("bad", "-o", "junit").stdout)
    assert [(case.get("name"), case[0].tag) for case in root[0]] == [("bad", "error")]
    [invocation] = sarif("bad")["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False and "nonsense" in str(invocation["toolExecutionNotifications"])


@pytest.mark.slow
def test_hostile_names_do_not_break_the_output(folder: Path) -> None:
    hostile(folder)
    for output in ("table", "markdown", "json", "jsonl", "junit", "sarif"):
        text = run("mfa", "-o", output).stdout
        assert "\x1b" not in text and "\u202e" not in text, output
    (folder / "safe.toml").write_text("csv_safe = true\n")
    written = [
        row
        for row in csv.DictReader(io.StringIO(run("mfa", "-o", "csv", "--config", "safe.toml").stdout))
        if "=1+1" in row["resource"]
    ]
    assert len(written) == 1 and not written[0]["resource"].startswith("=")


@pytest.mark.parametrize(
    ("name", "begins"),
    slow_but_every(3, [
        ("x.csv", "benchmark,"), ("x.json", "["), ("x.jsonl", "{"), ("x.md", "| benchmark"), ("x.txt", "+ First"),
        ("x.junit.xml", "<?xml"), ("x.xml", "<?xml"), ("x.sarif", '{"$schema"'), ("x.sarif.json", '{"$schema"'),
    ]),
)  # fmt: skip
def test_the_suffix_of_a_file_selects_the_format(name: str, begins: str) -> None:
    result = run("first_v1.0", "--export", name)
    assert (result.exit_code, result.stdout) == (1, "")
    assert Path(name).read_text().startswith(begins) and Path(name).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in Path().glob("*.partial")] == []


@pytest.mark.slow
def test_the_option_output_has_precedence_over_the_suffix() -> None:
    assert run("mfa", "--export", "x.txt", "-o", "brief").exit_code == 1
    assert "ALARM:" not in Path("x.txt").read_text()
