"""Read every object of a run file with several versions of DuckDB: `python -m tests.slow.clients` writes the results and counts.

A statement may take 10 seconds of processor time; then its process ends. Its rows must be the rows of the newest version.
"""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from iamsql import catalog
from iamsql.catalog.macro import default_literal
from iamsql.model import Query
from iamsql.runs.file import clients
from iamsql.sqltext import identifier
from tests.conftest import sample_run
from tests.lake.engines.arguments import arguments
from tests.slow.client_results import FILE, VERSIONS, ClientResult, results_text, summary
from tests.slow.venvs import venv_python

SECONDS = 120  # to wait for an answer, on a machine with other work
PROCESS = Path(__file__).with_name("client_process.py")
NEWEST = VERSIONS[-1].tested
PATHS = re.compile(r"/\S+/")  # a message that names a file
# The table that DuckDB names first depends on the order of its hash tables.
UNKNOWN_TABLE = re.compile(r"(?<=Table with name )\w+(?= does not exist)")
RELATIONS = """
select schema_name, table_name, 'table' from duckdb_tables() where not internal and not temporary
union all select schema_name, view_name, 'view' from duckdb_views() where not internal order by all
"""
FUNCTIONS = """
select function_name, function_type, len(parameters) from duckdb_functions()
where not internal and function_type in ('macro', 'table_macro') and database_name = current_database() order by all
"""
OWN = "iamsql.compat"  # contains the results
# The arguments of macros that do not accept NULL of an unknown type.
EXAMPLES = {
    "days_between": "timestamptz '2026-01-01', timestamptz '2026-01-31'",
    "iam_given_json": "'{}', 'session_tags'",
    "iam_join_pattern": "['a', ''], [{'value': 'b', 'free': false}], false",
    "iam_request_value": "iam_no_context(), false, null, 'aws:username', null",
    "iam_resolve_variables": "'a${b}', ['b'], [{'value': 'c', 'free': false}], true",
    "jsonb_array_elements": "json '[1, 2]'",
    "jsonb_array_elements_text": """json '["a"]'""",
    "jsonb_each": """json '{"a": 1}'""",
}
# A window function, which needs rows.
WINDOWS = {"burst_start": "select burst_start(1, t, 1, 10) from (values (timestamp '2026-01-01')) as v(t)"}
Answer = Mapping[str, Any]


class Client:
    """A process with a version of DuckDB that has the run open."""

    def __init__(self, python: Path, run: Path) -> None:
        self._command = [str(python), "-I", str(PROCESS), str(run)]
        self._process: subprocess.Popen[bytes] | None = None

    def answer(self, statement: str) -> Answer:
        """Return the digest of the rows of a statement, its error, or `timeout` or `killed`."""
        process = self._process or subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._process = process
        assert process.stdin and process.stdout
        process.stdin.write(json.dumps(statement).encode() + b"\n")
        process.stdin.flush()
        is_ready, _, _ = select.select([process.stdout], [], [], SECONDS)
        line = process.stdout.readline() if is_ready else b""
        if line:
            return dict(json.loads(line))
        status = process.wait() if is_ready else -signal.SIGXCPU
        self.close()
        return {"timeout": "no answer"} if status == -signal.SIGXCPU else {"killed": "the process ended"}

    def close(self) -> None:
        """Kill the process."""
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None


def statements(run: Path) -> dict[tuple[str, str], str]:
    """Map the name and kind of each object of a run to the statement that reads it."""
    with duckdb.connect(str(run), read_only=True) as con:
        relations, functions = con.execute(RELATIONS).fetchall(), con.execute(FUNCTIONS).fetchall()
    by_name = {}
    for schema, name, kind in relations:
        full = name if schema == "main" else f"{schema}.{name}"
        if full != OWN:
            by_name[full, kind] = f"from {identifier(schema)}.{identifier(name)}"
    queries = {
        query.macro: query for versions in catalog.load([catalog.shipped_folder()]).values() for query in versions
    }
    for name, kind, parameters in functions:
        if name in queries:
            by_name |= dict(_calls(queries[name]))
        else:
            call = f"{name}({EXAMPLES.get(name) or ', '.join(['null'] * parameters)})"
            word, described = ("select", "scalar macro") if kind == "macro" else ("from", "table macro")
            by_name[name, described] = WINDOWS.get(name, f"{word} {call}")
    return by_name


def _calls(query: Query) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield a call of the macro of a query with the arguments that it requires, and one with all arguments."""
    for kind, values in zip(("table macro", "named arguments"), arguments(query), strict=False):
        bound = {name: value for name, value in catalog.bind(query, values).items() if name in values}
        call = ", ".join(f"{identifier(name)} := {default_literal(value)}" for name, value in bound.items())
        yield (query.macro, kind), f"from {identifier(query.macro)}({call})"


def measure(run: Path, versions: Sequence[str]) -> Iterator[ClientResult]:
    """Yield the results of the versions, the newest last. Raise CannotInstallError."""
    queries = statements(run)
    newest = _answers(run, NEWEST, queries)
    for version in versions:
        answers = newest if version == NEWEST else _answers(run, version, queries)
        for key in queries:
            yield ClientResult(version, *key, *_result(answers[key], newest[key]))


def _answers(run: Path, version: str, queries: Mapping[tuple[str, str], str]) -> dict[tuple[str, str], Answer]:
    # DuckDB 1.x needs pytz for times.
    client = Client(venv_python(f"duckdb=={version}", "pytz"), run)
    try:
        return {key: client.answer(statement) for key, statement in queries.items()}
    finally:
        client.close()


def _result(answer: Answer, newest: Answer) -> tuple[str, str]:
    """Return the result of an answer, and the reason if it is not ok."""
    if "digest" not in answer:
        ((result, reason),) = answer.items()
        return result, UNKNOWN_TABLE.sub("…", PATHS.sub("", reason))
    if answer["digest"] != newest.get("digest"):
        return "differs", f"{answer['rows']} rows, and {newest.get('rows')} in DuckDB {NEWEST}"
    return "ok", ""


def main() -> None:
    """Write the results of all versions, and their counts to the file of the package."""
    results = list(measure(sample_run(), [versions.tested for versions in VERSIONS]))
    FILE.write_text(results_text(results), encoding="utf-8")
    clients.FILE.write_text(results_text(summary(results)), encoding="utf-8")
    for result in results:
        if result.result in ("differs", "timeout", "killed") or (result.result, result.version) == ("error", NEWEST):
            print(result, file=sys.stderr)


if __name__ == "__main__":
    main()
