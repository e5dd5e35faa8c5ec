"""The Python API, the server for assistants, Sigma rules and the tests of queries, each as a user meets it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.measurement import Measurement, below
from benchmarks.processes import PYTHON, ROOT, fresh_home, iamsql, repeats, run
from benchmarks.varied_runs import varied_run

MILLION = 1_000_000
IMPORT, OPEN, ANSWER, RULES, TESTS = 0.05, 0.06, 0.2, 30, 60  # seconds
QUERY = "stale_keys"
# The first opening loads modules, which a notebook has done before.
OPENING = f"""
import sys, time
start = time.perf_counter()
import iamsql
imported = time.perf_counter() - start
iamsql.open(runs=sys.argv[1]).query({QUERY!r})
seconds = {{False: [], True: []}}
for is_open in (False, True) * int(sys.argv[2]):
    other = iamsql.open(runs=sys.argv[1])
    if is_open:
        other.query("select 1")
    start = time.perf_counter()
    run = iamsql.open(runs=sys.argv[1])
    run.query({QUERY!r})
    seconds[is_open].append(time.perf_counter() - start)
    run.close()
    other.close()
print(imported, min(seconds[False]), min(seconds[True]))
"""
OWN_RULES, RULES_FOLDER = (
    ROOT / "tests" / "query" / "sigma" / "rules",
    "IAMSQL_SIGMA_RULES",
)  # others are not part of the project
FOUND = (0, 1)  # exit codes of `check`: 1 is findings


def measure() -> Iterator[Measurement]:
    """Measure over the sample organization, and Sigma rules over a million events."""
    with fresh_home() as home:
        runs = str(home / "runs")
        run([iamsql(), "sync", "--demo", "--table", "all", "--trail", "auto", "--runs", runs], home, {})
        yield from python_api(home, runs)
        yield from assistant(home, runs)
        yield from sigma(home)
        yield from tests_of_queries(home)


def python_api(home: Path, runs: str) -> Iterator[Measurement]:
    """Measure importing, and opening a run with a query in a process that opened it before."""
    output = home / "seconds.txt"
    python = os.environ.get(PYTHON, sys.executable)
    run([python, "-c", OPENING, runs, str(2 + repeats())], home, {}, output=output)
    imported, closed, opened = map(float, output.read_text(encoding="utf-8").split())
    yield Measurement("`import iamsql`", f"{imported * 1000:.0f} ms", "", "", *below(imported, IMPORT, " s"))
    name = f"`iamsql.open` and `{QUERY}` in a running process"
    yield Measurement(f"{name} with the file open", f"{opened * 1000:.0f} ms", "", "", *below(opened, OPEN, " s"))
    yield Measurement(f"{name} without", f"{closed * 1000:.0f} ms", "", "", *below(closed, OPEN, " s"))


def assistant(home: Path, runs: str) -> Iterator[Measurement]:
    """Measure the first answer of `iamsql mcp`, and a later one, without a client that would add its own time."""
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home)}
    line = [iamsql(), "mcp", "--runs", runs, "--quiet"]
    with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment) as server:

        def ask(number: int, method: str, parameters: dict[str, Any]) -> float:
            assert server.stdin and server.stdout
            start = time.perf_counter()
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
            server.stdin.write(f"{json.dumps(message)}\n")
            server.stdin.flush()
            answer = json.loads(server.stdout.readline())
            if "error" in answer or answer["result"].get("isError"):
                raise RuntimeError(str(answer)[:500])
            return time.perf_counter() - start

        client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
        started = ask(1, "initialize", client)
        assert server.stdin
        server.stdin.write('{"jsonrpc": "2.0", "method": "notifications/initialized"}\n')
        first, later = (
            ask(number, "tools/call", {"name": "run_query", "arguments": {"name": QUERY}}) for number in (2, 3)
        )
    yield Measurement("`iamsql mcp`, until it answers", f"{started:.2f} s")
    reference = f"{later * 1000:.0f} ms for the second time"
    yield Measurement(
        f"`iamsql mcp`: `{QUERY}`", f"{first * 1000:.0f} ms", reference, "", *below(max(first, later), ANSWER, " s")
    )


def sigma(home: Path) -> Iterator[Measurement]:
    """Measure Sigma rules over a million events: the rules of the tests, and the rules of a folder of the user."""
    folders = [OWN_RULES, *([Path(os.environ[RULES_FOLDER])] if RULES_FOLDER in os.environ else [])]
    for folder in folders:
        rules = len([path for path in folder.rglob("*.yml") if "cloudtrail" in path.read_text(encoding="utf-8")])
        line = [iamsql(), "check", f"sigma:{folder}", "--run", str(varied_run(MILLION)), "--output", "csv"]
        output = home / "findings.csv"
        cost = run(line, home, {}, output=output, exit_codes=FOUND)
        findings = output.read_bytes().count(b"\n") - 1
        reference = f"{findings:,} findings, {cost.memory:,.0f} MiB"
        name = f"{rules} Sigma rules over {MILLION:,} events"
        # The rules of the tests select by every modifier, and most events: they have no target.
        target: tuple[str, bool | None] = ("", None) if folder == OWN_RULES else below(cost.wall, RULES, " s")
        yield Measurement(name, f"{cost.wall:.1f} s", reference, "", *target)


def tests_of_queries(home: Path) -> Iterator[Measurement]:
    """Measure `iamsql test shipped`, with the sample runs made before."""
    line = [iamsql(), "test", "shipped", "--output", "csv"]
    first, later = (run(line, home, {}) for _ in range(2))
    reference = f"{first.wall:.1f} s with the sample runs"
    yield Measurement("`iamsql test shipped`", f"{later.wall:.1f} s", reference, "", *below(later.wall, TESTS, " s"))
