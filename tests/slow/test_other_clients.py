"""Clients that are not DuckDB's Python package open a run file, list its tables, and run a macro of it.

Each is installed in build/ from PyPI or npm. A test is skipped where its client cannot be installed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import query
from tests.slow.venvs import FOLDER, CannotInstallError, venv_python

pytestmark = pytest.mark.slow
CALL = "select count(*) as n from who_can(action := 'iam:PassRole')"
HARLEQUIN = """
import json, sys
from harlequin_duckdb.adapter import DuckDbAdapter
connection = DuckDbAdapter((sys.argv[1],), read_only=True).connect()
schemas = {item.label: item for item in connection.get_catalog().items[0].fetch_children()}
tables = [item.label for item in schemas["main"].fetch_children()]
print(json.dumps([sorted(schemas), tables, connection.execute(sys.argv[2]).fetchall().to_pydict()]))
"""
NODE = """
import { DuckDBInstance } from '@duckdb/node-api';
const db = await DuckDBInstance.create(process.argv[2], { access_mode: 'READ_ONLY' });
const reader = await (await db.connect()).runAndReadAll(process.argv[3]);
console.log(JSON.stringify(reader.getRowObjects(), (key, value) => typeof value === 'bigint' ? Number(value) : value));
"""


def installed(*packages: str) -> Path:
    """Return the Python of a virtual environment with the packages; skip the test if they cannot be installed."""
    try:
        return venv_python(*packages)
    except CannotInstallError as error:
        pytest.skip(str(error))


def output(*command: str | Path, **options: Path) -> str:
    """Return what a command prints on stdout."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, **options)
    assert result.returncode == 0, result.stderr[-2000:]
    return result.stdout


@pytest.fixture(scope="module")
def answer(demo_run: Path) -> int:
    """Return the number of rows of CALL."""
    return int(query(demo_run, CALL)[0][0])


def test_the_duckdb_command_line_runs_a_macro(demo_run: Path, answer: int) -> None:
    cli = installed("duckdb-cli>=1.5").with_name("duckdb")
    assert json.loads(output(cli, "-readonly", "-json", demo_run, "-c", CALL)) == [{"n": answer}]
    assert "aws_iam_user" in output(cli, "-readonly", demo_run, "-c", ".tables")


def test_harlequin_lists_tables_and_runs_a_macro(demo_run: Path, answer: int) -> None:
    schemas, tables, rows = json.loads(output(installed("harlequin"), "-c", HARLEQUIN, demo_run, CALL))
    assert schemas == ["iamsql", "main", "raw"] and {"aws_iam_user", "aws_iam_role"} <= set(tables)
    assert rows == {"n": [answer]}


def test_node_runs_a_macro(demo_run: Path, answer: int) -> None:
    npm, node = shutil.which("npm"), shutil.which("node")
    if not npm or not node:
        pytest.skip("Node.js is not installed")
    folder = FOLDER / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "node_modules").is_dir():
            command = [npm, "install", "--silent", "--prefix", str(folder), "@duckdb/node-api"]
            if subprocess.run(command, capture_output=True, timeout=300).returncode:
                pytest.skip("@duckdb/node-api cannot be installed")
        script = folder / "client.mjs"
        script.write_text(NODE, encoding="utf-8")
    assert json.loads(output(node, script, demo_run, CALL)) == [{"n": answer}]
