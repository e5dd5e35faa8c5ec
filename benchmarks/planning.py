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
from benchmarks.processes import repeats, run, run_process

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
LISTS = {
    "can_all": f"""
from can_all(questions := (
    select list({{'principal': p.principal_arn, 'action': 'iam:CreateUser', 'resource': 'arn:aws:iam::*:user/' || n}})
    from (select principal_arn from aws_iam_principal order by all limit 10) as p, range({QUESTIONS // 10}) as r(n)
))
""",
    "who_can_all": f"""
from who_can_all(requests := (
    select list({{'action': 'iam:CreateUser', 'resource': 'arn:aws:iam::*:user/' || n}}) from range({QUESTIONS}) as r(n)
))
""",
}
QUERIES = ("admins", "escalation_paths")


def measure() -> Iterator[Measurement]:
    """Measure n calls of `can` in a statement, and the queries that evaluate many questions."""
    with tempfile.TemporaryDirectory() as folder:
        sync = [sys.executable, "-m", "iamsql", "sync", "--demo", "--quiet", "--runs", folder]
        run_process(sync)
        (path,) = Path(folder).glob("*.duckdb")
        nothing = cpu_seconds(path, NOTHING)
        seconds = {
            calls: cpu_seconds(path, " union all ".join(CALL.format(number) for number in range(calls))) - nothing
            for calls in CALLS
        }
        first = seconds[1]
        for calls in CALLS[1:]:
            further = (seconds[calls] - first) / (calls - 1)
            target, is_met = at_most(further, MAX_SECONDS_OF_CALL, " s for each further call")
            yield Measurement(
                f"{calls} calls of `can` in a statement, plain client",
                f"{seconds[calls]:.2f} CPU s, {further:.2f} s for each further call",
                f"{first:.2f} CPU s for one call",
                f"{seconds[calls] / first:.1f}×",
                target,
                is_met,
            )
        for name, statement in LISTS.items():
            cost = cpu_seconds(path, statement) - nothing
            target, is_met = at_most(cost, MAX_SECONDS_OF_QUESTIONS, " CPU s")
            figures = (f"{cost:.2f} CPU s", f"{first:.2f} CPU s for one call of `can`", f"{cost / first:.1f}×")
            yield Measurement(f"{QUESTIONS:,} questions to `{name}`, plain client", *figures, target, is_met)
        for name in QUERIES:
            cost = cpu_seconds(path, f"from {name}()") - nothing
            figures = (f"{cost:.2f} CPU s", f"{first:.2f} CPU s for one call of `can`", f"{cost / first:.1f}×")
            yield Measurement(f"`{name}`, plain client", *figures)


def cpu_seconds(path: Path, statement: str) -> float:
    """Return the CPU seconds of a client that runs a statement: the minimum of several processes."""
    line = [sys.executable, "-c", CLIENT, str(path), statement]
    return min(run(line, path.parent, {}).cpu for _ in range(repeats()))
