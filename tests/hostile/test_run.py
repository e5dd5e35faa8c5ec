"""Hostile names in a run: stored exactly, printed visibly, and never used as a path, SQL or markup."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from click.testing import CliRunner, Result

from iamsql import catalog, render
from iamsql.catalog.params import DOMAIN_TYPES
from iamsql.cli import main
from iamsql.escaping import printable
from iamsql.model import IamsqlError, Query
from iamsql.render.cells import cell
from iamsql.runs.store.reader import Reader, open_run
from tests.conftest import connect_run
from tests.hostile.names import NAMES, UNSEEN, VICTIM, WIDE, hostile_aws, nested
from tests.open_queries import ask
from tests.tiers import slow_after, slow_but_every

STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U0010ffff]")
DOCUMENTS = {"wide": WIDE, "deep": nested(20), "deeper": nested(200)}
ACCOUNTS = ("111122223333", VICTIM, "121212121212")
CATALOG = catalog.load([catalog.shipped_folder()])
QUERIES = [query for versions in CATALOG.values() for query in versions]
NAMES_WITHOUT_RETURN = [name for name in NAMES if "\r" not in name]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """Sync hostile accounts as a user does; return the folder of the runs and the output."""
    runs = tmp_path_factory.mktemp("hostile") / "runs"
    account_options = [part for account in ACCOUNTS for part in ("--account", account)]
    with hostile_aws(DOCUMENTS):
        return runs, CliRunner().invoke(
            main, ["sync", "--demo", "--runs", str(runs), "--table", "all", *account_options]
        )


@pytest.fixture(scope="module")
def run(synced: tuple[Path, Result]) -> Path:
    return next(synced[0].glob("*.duckdb"))


def rows(run: Path, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connect_run(run) as con:
        return con.execute(sql, list(values)).fetchall()


def query_output(run: Path, *args: str) -> Result:
    return CliRunner().invoke(main, [*args, "--run", str(run)])


@pytest.mark.slow
def test_names_are_exact_in_raw_items_and_in_tables(run: Path) -> None:
    checked = 0
    for kind, raw in (("User", "users"), ("Group", "groups"), ("Role", "roles"), ("Policy", "policies")):
        name = f"raw.iam_get_account_authorization_details_{raw}"
        items = [json.loads(item) for (item,) in rows(run, f"select item from {name} where account_id = ?", VICTIM)]
        names = {item[f"{kind}Name"] for item in items}
        expected = {
            name for name in NAMES[: len(NAMES) if kind == "User" else 12] if kind != "Policy" or "/" not in name
        }
        assert expected <= names, expected - names
        typed = {name for (name,) in rows(run, f"select name from aws_iam_{kind.lower()} where account_id = ?", VICTIM)}
        assert expected <= typed, (kind, expected - typed)
        checked += len(expected)
    users = rows(run, "select name, tags from aws_iam_user where account_id = ? and tags is not null", VICTIM)
    assert sum(len(json.loads(tags)) for _, tags in users) > len(NAMES)
    assert checked > 75


@pytest.mark.slow
def test_names_of_accounts_and_units_are_exact(run: Path) -> None:
    names = [name for (name,) in rows(run, "select name from iamsql.accounts order by position")]
    raw = [json.loads(item)["Name"] for (item,) in rows(run, "select item from raw.organizations_list_accounts")]
    stored = [name.replace("\ud800", "\ufffd") for name in (*UNSEEN, *NAMES)][: len(names)]
    assert names == stored and set(raw) == set(stored)
    assert rows(run, "select ou_path from iamsql.accounts where account_id = ?", VICTIM)[0][0].count(UNSEEN[6]) == 2


@pytest.mark.slow
def test_documents_are_exact(run: Path) -> None:
    stored = dict(rows(run, "select name, assume_role_policy::varchar from aws_iam_role where account_id = ?", VICTIM))
    for name, text in DOCUMENTS.items():
        assert json.loads(stored[name]) == json.loads(text)


def test_progress_and_summary_do_not_control_the_terminal_and_names_are_not_paths(synced: tuple[Path, Result]) -> None:
    runs, result = synced
    assert result.exit_code == 0, repr(result.exception)
    assert result.stderr and not STEERING.search(result.stderr) and not STEERING.search(result.stdout)
    assert {path.parent for path in runs.parent.rglob("*") if path.is_file()} == {runs}


def values(query: Query, run: Path) -> dict[str, str]:
    """Return values for the required parameters that name hostile principals."""
    ((user,),) = rows(run, "select arn from aws_iam_user where account_id = ? order by name desc limit 1", VICTIM)
    ((role,),) = rows(run, "select arn from aws_iam_role where account_id = ? order by name desc limit 1", VICTIM)
    questions = json.dumps([{"principal": user, "action": "iam:PassRole", "resource": role}])
    spelled = {"text": NAMES[0], "principal": user, "role": role, "user_name": user.rpartition("/")[2]}
    spelled |= {
        "action": "iam:PassRole",
        "access_key": "AKIAIOSFODNN7EXAMPLE",
        "questions": questions,
        "roles": json.dumps([role]),
    }
    spelled |= {"requests": json.dumps([{"action": "iam:PassRole", "resource": role}])}
    return {param.name: spelled[param.type] for param in query.params if param.required}


def written(result: Any, fmt: str) -> str:
    stream = io.StringIO(newline="")
    render.write(result, fmt, stream)
    return stream.getvalue()


@pytest.fixture(scope="module")
def reader(run: Path) -> Iterator[Reader]:
    """Open the run once for all queries."""
    with open_run(run) as reader:
        yield reader


@pytest.mark.parametrize("query", slow_but_every(40, QUERIES), ids=lambda query: query.macro)
def test_the_output_of_each_query_is_safe(reader: Reader, run: Path, query: Query) -> None:
    answer = ask(reader, query, values(query, run))
    result = answer.result
    assert not any(STEERING.search(note) for note in answer.caveats)
    for fmt in ("table", "markdown", "jsonl"):
        text = written(result, fmt)
        assert not STEERING.search(text), (fmt, STEERING.search(text))
        if fmt == "markdown":
            assert text.count("\n") == len(result.rows) + 2 and "<script" not in text
        if fmt == "jsonl":
            assert len([json.loads(line) for line in text.split("\n")[:-1]]) == len(result.rows)
    back = list(csv.reader(io.StringIO(written(result, "csv"), newline="")))
    assert back[1:] == [[cell(value) for value in row] for row in result.rows]


@pytest.mark.slow
@pytest.mark.parametrize("query", [query for query in QUERIES if query.params], ids=lambda query: query.macro)
def test_errors_about_hostile_arguments_are_safe(reader: Reader, run: Path, query: Query) -> None:
    for param in (param for param in query.params if param.type in DOMAIN_TYPES):
        for name in (*NAMES[:20], "x" * 1_000_000, "\0", "arn:aws:iam::*:user/\x1b[2J"):
            try:
                answer = ask(reader, query, {**values(query, run), param.name: name})
            except IamsqlError as error:
                assert not STEERING.search(str(error)) and len(str(error)) < 3_000
            else:  # a name of the run
                assert not any(STEERING.search(note) for note in answer.caveats)


@pytest.mark.slow
def test_user_names_are_read_back_from_csv_and_with_csv_safe_are_not_formulas(run: Path) -> None:
    sql = f"select name from aws_iam_user where account_id = '{VICTIM}'"
    back = {}
    for option in ([], ["--csv-safe"]):
        result = query_output(run, "query", sql, "-o", "csv", *option)
        assert result.exit_code == 0, result.stderr
        back[bool(option)] = {row[0] for row in csv.reader(io.StringIO(result.stdout, newline="")) if row}
    assert set(NAMES_WITHOUT_RETURN) <= back[False]
    parts = [part for name in back[True] for part in re.split("[,;\t\r\n]", name)]
    assert not [part for part in parts if part.lstrip(' "\u200b\ufeff').startswith(("=", "+", "-", "@"))]
    assert {name.replace("'", "") for name in back[True]} == {name.replace("'", "") for name in back[False]}


@pytest.mark.slow
def test_the_output_of_each_control_is_safe(run: Path) -> None:
    result = query_output(run, "check", "all")
    assert result.exit_code in (1, 2) and "Error: " not in result.stderr, result.stderr
    assert not STEERING.search(result.stdout) and not STEERING.search(result.stderr)


@pytest.mark.slow
@pytest.mark.parametrize("fmt", ["brief", "markdown", "json", "jsonl", "csv", "junit", "sarif"])
def test_results_are_safe_in_each_format(run: Path, fmt: str) -> None:
    result = query_output(run, "check", "user_mfa", "role_unused", "account_alias", "-o", fmt)
    assert result.exit_code == 1 and result.stdout, result.stderr
    if fmt == "csv":
        assert {row["resource"] for row in csv.DictReader(io.StringIO(result.stdout, newline=""))}
    else:
        assert not STEERING.search(result.stdout)
    if fmt in ("json", "sarif"):
        assert json.loads(result.stdout)
    if fmt == "junit":
        assert ET.fromstring(result.stdout).tag == "testsuites"


@pytest.mark.slow
def test_detections_run_over_hostile_names(run: Path) -> None:
    result = query_output(run, "check")
    assert result.exit_code == 1 and "Error: " not in result.stderr
    assert not STEERING.search(result.stdout) and not STEERING.search(result.stderr)


@pytest.mark.slow
def test_a_spreadsheet_shows_names_as_text(run: Path, tmp_path: Path) -> None:
    sql = f"select name, tags from aws_iam_user where account_id = '{VICTIM}' order by name"
    out = tmp_path / "users.xlsx"
    assert query_output(run, "query", sql, "--export", str(out)).exit_code == 0
    cells = [cell for row in openpyxl.load_workbook(out)["results"].iter_rows(min_row=2) for cell in row]
    expected = [text for row in rows(run, sql) for text in row]
    printable_texts = [text and printable(text) for text in expected]
    assert [cell.value and cell.value.replace("_x005F_", "_") for cell in cells] == printable_texts
    assert len(cells) > 100 and {cell.data_type for cell in cells} <= {"s", "n"}
    assert not any(cell.hyperlink for cell in cells)


@pytest.mark.parametrize("fmt", slow_after(1, ["csv", "parquet"]))
def test_an_export_stays_in_its_folder_and_is_read_back(run: Path, tmp_path: Path, fmt: str) -> None:
    out = tmp_path / "out"
    result = query_output(run, "export", str(out), "--output", fmt, "--raw", "--table", "aws_iam_*")
    assert result.exit_code == 0, result.stderr
    assert all(path.resolve().is_relative_to(out) for path in tmp_path.rglob("*") if path.is_file())
    manifest = json.loads((out / "manifest.json").read_text())
    [user] = [entry for entry in manifest["tables"] if entry["name"] == "aws_iam_user" and entry["schema"] == "main"]
    with duckdb.connect() as con:
        read = user["read"].replace("('aws", f"('{out}/aws")
        back = {name for (name,) in con.execute(f"select name from {read} where account_id = '{VICTIM}'").fetchall()}
    assert set(NAMES) <= back


def test_an_error_of_duckdb_about_a_name_does_not_control_the_terminal(run: Path) -> None:
    result = query_output(run, "query", "select name::integer from iamsql.accounts where name like '%red%'")
    assert result.exit_code == 2 and "\\x1b[31mred" in result.stderr and not STEERING.search(result.stderr)
