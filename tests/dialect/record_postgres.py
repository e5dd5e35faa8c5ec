"""Record what PostgreSQL answers to the expressions of postgres/*.csv; the tests compare with the record and need no server.

Run with PGHOST and the like set: python tests/dialect/record_postgres.py. The expressions of a file are kept, their answers
are written anew. `psql` runs each as SELECT (expression)::text, or as the SELECT that it is.
"""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent / "postgres"
SETTINGS = "set timezone = 'UTC'; create extension if not exists ltree;"


def query(expression: str) -> str:
    """Write the query that is run for an expression."""
    is_query = expression.lower().startswith(("select ", "with ", "values "))
    return expression if is_query else f"select ({expression})::text"


def asked(expression: str) -> str:
    """Ask PostgreSQL; return the rows as JSON, or ERROR and its message."""
    command = ["psql", "-X", "-q", "-At", "--csv", "-v", "ON_ERROR_STOP=1", "-P", "null=\\N"]
    done = subprocess.run([*command, "-c", SETTINGS, "-c", query(expression)], capture_output=True, text=True)
    if done.returncode:
        return "ERROR " + done.stderr.removeprefix("ERROR:").strip().splitlines()[0]
    rows = csv.reader(done.stdout.splitlines(keepends=True))
    return json.dumps([[None if cell == "\\N" else cell for cell in row] for row in rows], ensure_ascii=False)


def main() -> None:
    """Record every file anew."""
    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as source:
            cases = list(csv.DictReader(source))
        with path.open("w", encoding="utf-8", newline="") as target:
            writer = csv.DictWriter(target, ["expression", "postgres", "here"], lineterminator="\n")
            writer.writeheader()
            writer.writerows({**case, "postgres": asked(case["expression"])} for case in cases)
    version = subprocess.run(
        ["psql", "-X", "-At", "-c", "show server_version"], capture_output=True, text=True, check=True
    )
    (FOLDER / "VERSION").write_text(
        f"PostgreSQL {version.stdout.strip()}, time zone UTC, collation C\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
