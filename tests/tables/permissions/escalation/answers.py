"""The answers of escalation_paths, admins and the control principal_escalation for a run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from iamsql.check.controls import run_controls
from iamsql.check.open_run import Evaluation
from tests.conftest import reading
from tests.controls.control_results import shipped


@dataclass(frozen=True)
class Row:
    """A row of escalation_paths."""

    method: str
    steps: int
    verdict: str
    path: str
    conditions: str | None


@dataclass(frozen=True)
class Answers:
    """The answers by the principal's ARN: paths, `how` and verdict of admins, and status and reason of the control."""

    paths: dict[str, list[Row]]
    admins: dict[str, tuple[str, str]]
    control: dict[str, tuple[str, str]]


def control(run: Path) -> dict[str, tuple[str, str]]:
    """Map each user and role to the status and reason that the SQL of the control returns."""
    with reading(run) as con:
        sql = shipped().queries["principal_escalation"][-1].sql
        rows = con.execute(f"select resource, status, reason from ({sql})").fetchall()
    assert len({arn for arn, *_ in rows}) == len(rows), "each principal has a single row"
    return {arn: (status, reason) for arn, status, reason in rows}


def checked(run: Path) -> list[tuple[str, str, str]]:
    """Return account, resource and status of each row of `check principal_escalation`."""
    with run_controls(shipped(), ["principal_escalation"], Evaluation(str(run), run.parent)) as controls:
        result = next(controls.run())
        assert not result.failure, result.failure
        return list(result.rows(("account_id", "resource", "status")))


def answers(run: Path, max_steps: int = 6) -> Answers:
    """Return the answers for a run file."""
    paths: dict[str, list[Row]] = defaultdict(list)
    with reading(run) as con:
        sql = "select principal, method, steps, verdict, path, conditions from escalation_paths(max_steps := $steps)"
        for principal, *row in con.execute(sql, {"steps": max_steps}).fetchall():
            paths[principal].append(Row(*row))
        admins = con.execute("select principal, access_type, verdict from admins()").fetchall()
    return Answers(dict(paths), {arn: (how, verdict) for arn, how, verdict in admins}, control(run))
