"""Notifications of 1,000 changes to five targets: a separate process, and targets over HTTP in this process."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.large_organization import Size, build
from benchmarks.measurement import Measurement
from benchmarks.processes import run_process

SIZE = Size(accounts=100, units=10, users=20, roles=10)
CHANGES = 1_000
TARGETS = 5
CONTROL = "access_key_rotated"
EARLIER, LATER = "20261118T120000Z-o-made", "20261125T120000Z-o-made"
# Keys that the later run has as old, so their findings open.
OLD_KEYS = f"""
update aws_iam_access_key set create_date = as_of() - interval 200 days
where access_key_id in (select access_key_id from aws_iam_access_key order by access_key_id limit {CHANGES})
"""
OLDER = f"update iamsql.run set run_id = '{EARLIER}', started_at = started_at - interval 7 days"


class Handler(BaseHTTPRequestHandler):
    """A target that accepts each message, and counts the findings that opened."""

    opened = 0

    def do_POST(self) -> None:
        """Read the message, and answer ok."""
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        Handler.opened += message["counts"]["opened"]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


def measure() -> Iterator[Measurement]:
    """Build two runs, and notify the targets; the reference is the evaluation of the same controls over both runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder:
        runs = Path(folder)
        later, earlier = runs / f"{LATER}.duckdb", runs / f"{EARLIER}.duckdb"
        build(later, SIZE)
        shutil.copy(later, earlier)
        for path, statement in ((earlier, OLDER), (later, OLD_KEYS)):
            with duckdb.connect(str(path)) as connection:
                connection.execute(statement)
        for names, data in (((CONTROL,), "one control"), (("iamsql",), "all controls")):
            yield _measured(runs, server.server_port, names[0], data)
            (runs / ".notify.json").unlink(missing_ok=True)
    server.shutdown()


def _measured(runs: Path, port: int, benchmark: str, data: str) -> Measurement:
    program = [sys.executable, "-m", "iamsql"]
    check = [*program, "check", benchmark, "--output", "brief", "--fail-on", "none", "--run"]
    reference = sum(run_process([*check, str(path)]).wall for path in sorted(runs.glob("*.duckdb")))
    targets = [word for number in range(TARGETS) for word in ("--to", f"webhook:http://127.0.0.1:{port}/{number}")]
    os.environ["IAMSQL_RUNS"], Handler.opened = str(runs), 0
    cost = run_process([*program, "notify", "--benchmark", benchmark, *targets])
    seconds = cost.wall - reference
    name = f"{CHANGES:,} changes to {TARGETS} targets, {SIZE.accounts} accounts × {SIZE.users} users, {data}"
    figures = f"{cost.wall:.1f} s, {cost.memory:,.0f} MiB"
    is_met = cost.exit_code == 0 and Handler.opened >= CHANGES * TARGETS and seconds < 5
    evaluated = f"{reference:.1f} s to evaluate both runs"
    return Measurement(name, figures, evaluated, f"{seconds:+.1f} s", "under 5 s more", is_met)
