"""A small run, a folder with two controls and a benchmark, and the commands that evaluate them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from click.testing import CliRunner, Result

from iamsql.cli import main
from tests.minimal_run import GAPS, Coverage, make_run

A, B, DENIED, OLD = "111111111111", "222222222222", "333333333333", "444444444444"
USERS = f"""
create table people as select * from (values
    ('{A}', 'ana', true), ('{A}', 'bo', false), ('{A}', 'cy', null), ('{B}', 'dee', true), ('{B}', 'eve', false)
) t(account_id, name, mfa)
"""
TABLE_CALLS = "insert into iamsql.table_calls values ('people', 'iam', 'GetAccountAuthorizationDetails', null)"
SELECTED = "update iamsql.accounts set selected = true, position = account_id::bigint // 111111111111"
MFA = """
select
    'arn:aws:iam::' || p.account_id || ':user/' || p.name as resource,
    case when p.mfa is null then 'error' when p.mfa then 'ok' else 'alarm' end as status,
    case when p.mfa is null then 'Unknown: no devices.' when p.mfa then 'MFA is on.' else 'No MFA.' end as reason,
    p.account_id as account_id, 'global' as region, p.name as user_name, 7 as days
from people as p order by p.account_id, p.name
"""
ALIAS = """
select
    'arn:aws:::' || a.account_id as resource, case when $want = 'x' then 'ok' else 'alarm' end as status,
    'Wanted ' || $want || '.' as reason, a.account_id as account_id, 'global' as region
from iamsql.accounts as a left join (select distinct account_id from people) as p on p.account_id = a.account_id
where a.outcome = 'complete' order by a.position
"""
BENCHMARK = """
title = "First things"
about = "Two controls."
[[section]]
id = "1"
title = "People"
[[section.control]]
id = "1.1"
control = "mfa"
title = "Everyone has MFA"
[[section.section]]
title = "Names"
[[section.section.control]]
id = "1.2"
control = "alias"
args = { want = "y" }
"""


def make(folder: Path, coverage: Coverage = GAPS, statements: tuple[str, ...] = ()) -> Path:
    """Write the run, a folder with two controls, and a benchmark of these controls."""
    run = make_run(
        folder / "runs" / "20260301T100000Z-o-1.duckdb",
        coverage,
        statements=(USERS, TABLE_CALLS, SELECTED, *statements),
    )
    control(folder, "mfa", MFA, severity="high", tags="mfa, first")
    control(folder, "alias", ALIAS, severity="low", tags="first", param="want text = 'x' # What is wanted")
    benchmark(folder, "first_v1.0", BENCHMARK)
    return run


def control(here: Path, name: str, sql: str, **front: str) -> Path:
    """Write a control."""
    path = here / "queries" / "theme" / f"{name}.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = {"title": f"About {name}", "kind": "control"} | front
    path.write_text("\n".join((*(f"-- {key}: {value}" for key, value in lines.items()), "", sql, "")))
    return path


def benchmark(here: Path, name: str, text: str) -> Path:
    """Write a benchmark."""
    path = here / "queries" / "benchmarks" / f"{name}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def run(*args: str) -> Result:
    """Run `iamsql check`."""
    return CliRunner().invoke(main, ["check", *args])


def rows(*args: str) -> list[dict[str, str]]:
    """Return the rows of the CSV output."""
    return list(csv.DictReader(io.StringIO(run(*args, "-o", "csv").stdout)))


def statuses(*args: str) -> list[tuple[str, str, str]]:
    """Return the control, the status and the last part of the resource of each row."""
    return [
        (row["control"], row["status"], row["resource"].rpartition(":")[2].removeprefix("user/")) for row in rows(*args)
    ]
