"""Time of statements with several evaluations in a plain DuckDB client, which has none of the settings of iamsql.

Nearly all of the time of one evaluation is the time to plan the statement. A statement with n calls of `can` should take n times
as long as one call, and a list of questions should not take longer than a few calls.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measurement import Measurement, at_most
from benchmarks.processes import repeats, run

CALLS = (1, 2, 4, 8)
MAX_SECONDS_OF_CALL = 0.15  # CPU seconds of each call after the first
QUESTIONS = 1_000
MAX_SECONDS_OF_QUESTIONS = 5.0
# Run a statement in a DuckDB without iamsql. The arguments are the run file and the statement.
CLIENT = """
import sys
import duckdb
con = duckdb.connect(sys.argv[1], read_only=True)
con.execute(sys.argv[2]).fetchall()
"""
NOTHING = "select 1"
PRINCIPAL = "arn:aws:iam::012345678901:user/flow-logs"  # of the sample organization
CALL = f"select verdict from can('{PRINCIPAL}', 'iam:CreateUser', 'arn:aws:iam::*:user/{{}}')"
# By name: the statement, and the maximum CPU seconds, if it has a target.
STATEMENTS: dict[str, tuple[str, float | None]] = {
    f"{QUESTIONS:,} questions to `can_all`": (
        f"""
from can_all(questions := (
    select list({{'principal': p.principal_arn, 'action': 'iam:CreateUser', 'resource': 'arn:aws:iam::*:user/' || n}})
    from (select principal_arn from aws_iam_principal order by all limit 10) as p, range({QUESTIONS // 10}) as r(n)
))
""",
        MAX_SECONDS_OF_QUESTIONS,
    ),
    f"{QUESTIONS:,} requests to `who_can_all`": (
        f"""
from who_can_all(requests := (
    select list({{'action': 'iam:CreateUser', 'resource': 'arn:aws:iam::*:user/' || n}}) from range({QUESTIONS}) as r(n)
))
""",
        MAX_SECONDS_OF_QUESTIONS,
    ),
    "`admins`": ("from admins()", None),
    "`escalation_paths`": ("from escalation_paths()", None),
}


def measure() -> Iterator[Measurement]:
    """Measure n calls of `can` in a statement, and the queries that evaluate many questions."""
    with tempfile.TemporaryDirectory() as folder:
        run([sys.executable, "-m", "iamsql", "sync", "--demo", "--quiet", "--runs", folder], Path(folder), {})
        (path,) = Path(folder).glob("*.duckdb")
        nothing = cpu_seconds(path, NOTHING)
        seconds = {
            calls: cpu_seconds(path, " union all ".join(CALL.format(number) for number in range(calls))) - nothing
            for calls in CALLS
        }
        first = seconds[1]
        for calls in CALLS[1:]:
            additional = (seconds[calls] - first) / (calls - 1)
            target, is_met = at_most(additional, MAX_SECONDS_OF_CALL, " s for each additional call")
            yield Measurement(
                f"{calls} calls of `can` in a statement, plain client",
                f"{seconds[calls]:.2f} CPU s, {additional:.2f} s for each additional call",
                f"{first:.2f} CPU s for one call",
                f"{seconds[calls] / first:.1f}×",
                target,
                is_met,
            )
        for name, (statement, limit) in STATEMENTS.items():
            cost = cpu_seconds(path, statement) - nothing
            limits = at_most(cost, limit, " CPU s") if limit else ()
            figures = (f"{cost:.2f} CPU s", f"{first:.2f} CPU s for one call of `can`", f"{cost / first:.1f}×")
            yield Measurement(f"{name}, plain client", *figures, *limits)


def cpu_seconds(path: Path, statement: str) -> float:
    """Return the CPU seconds of a client that runs a statement: the minimum of several processes."""
    line = [sys.executable, "-c", CLIENT, str(path), statement]
    return min(run(line, path.parent, {}).cpu for _ in range(repeats()))
