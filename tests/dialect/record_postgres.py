"""Record the results of PostgreSQL for the expressions of postgres/*.csv, so the tests need no server.

Set PGHOST and the other variables of libpq, and run `python tests/dialect/record_postgres.py`, which replaces the column `postgres`
of each file. psql runs an expression as SELECT (expression)::text, and a query unchanged.
"""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent / "postgres"
# Without client_min_messages, a notice about the extension would be the first line of stderr.
SETTINGS = "set client_min_messages = error; set timezone = 'UTC'; create extension if not exists ltree;"


def query(expression: str) -> str:
    """Return the query for an expression."""
    is_query = expression.lower().startswith(("select ", "with ", "values "))
    return expression if is_query else f"select ({expression})::text"


def run(expression: str) -> str:
    """Run an expression in PostgreSQL and return its rows as JSON, or ERROR and the message."""
    command = ["psql", "-X", "-q", "-At", "--csv", "-v", "ON_ERROR_STOP=1", "-P", "null=\\N"]
    result = subprocess.run([*command, "-c", SETTINGS, "-c", query(expression)], capture_output=True, text=True)
    if result.returncode:
        return "ERROR " + result.stderr.removeprefix("ERROR:").strip().splitlines()[0]
    rows = csv.reader(result.stdout.splitlines(keepends=True))
    return json.dumps([[None if cell == "\\N" else cell for cell in row] for row in rows], ensure_ascii=False)


def main() -> None:
    """Record all files."""
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as source:
            cases = list(csv.DictReader(source))
        with path.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, ["expression", "postgres", "here"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({**case, "postgres": run(case["expression"])} for case in cases)
    version = subprocess.run(
        ["psql", "-X", "-At", "-c", "show server_version"], capture_output=True, text=True, check=True
    )
    (FOLDER / "VERSION").write_text(
        f"PostgreSQL {version.stdout.strip()}, time zone UTC, collation C\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
