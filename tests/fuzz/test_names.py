"""Names from files of others are used in SQL: only the object of that name is touched, and no error is a traceback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iamsql.lake.files import lake_file
from iamsql.lake.manifest import existing_manifest, manifest_path
from iamsql.lake.open_storage import open_storage
from iamsql.model import IamsqlError
from iamsql.query.shell.schema import schema
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.stored_tables import StoredTables
from iamsql.sqltext import identifier, literal
from iamsql.sync.cloudtrail.reuse import find_events
from iamsql.sync.merge.merge import merge
from iamsql.sync.resume.load import load_prior_run
from tests.fuzz.example_count import TEXT, example_settings, exit_code
from tests.fuzz.test_files import DUMPS
from tests.lake.altered import digests
from tests.lake.small_runs import add, event
from tests.lake.small_runs import make_run as make_small_run
from tests.minimal_run import make_run

COPY = "copy (select 1) to 'canary.csv'"
FRAGMENTS = (
    f"x; {COPY}; --", f'x"; {COPY}; --', f"x'; {COPY}; --", f'" as select 1; {COPY}; --', f"with x as ({COPY}) select 1 --",
    "run where false; set variable p = (select file from glob('**') limit 1); copy (select 1) to (getvariable('p')) "
    "(format parquet, use_tmp_file false); --.x", "run; attach 'canary.duckdb' as x (type duckdb); --",
    "run; drop table coverage; --", "*", "%", "$1", "$name", "{0}", "{run}", "'", '"', '""', "''", "\\", ".", "..", "a.b",
    "iamsql.run", "raw.", "main", "temp",
    "--", "/*", "*/", ";", "\n", "\r\n", "\t", " ", "select", "from", "table", "null", "true", "user", "pivot", "coverage", "run",
    "count", "coalesce", "as_of", "query", "rowid", "earlier", "r", "new", "x" * 3000, "\u202e", "\ufeff", "\u0130", "\xa0",
    "\U0001f600",
    "[x]", "a*.json", "?", "~", "$(touch canary)", "`", "\x1b[2J",
)  # fmt: skip
NAME = st.one_of(st.sampled_from(FRAGMENTS), TEXT, st.builds("{}{}{}".format, TEXT, st.sampled_from(FRAGMENTS), TEXT))
CREATE = (
    "create table main.{name} as select 1 as a, '111111111111' as account_id", "create table main.t as select 1 as {name}",
    "create table iamsql.{name} (a int)", "create table raw.{name} as select 1 as account_id, 2 as region, 3 as item",
    "create schema {name}", "create table {name}.run as select 1 as {name}", "create table {name}.{name} (a int)",
    "create view main.{name} as select 1 as {name}", "create macro main.{name}() as table select 1 as a",
    "create macro main.{name}(a) as a", "create table main.e (a enum ({text}), b struct({name} int))",
    "alter table iamsql.coverage add column {name} varchar", "alter table aws_iam_user add column {name} varchar",
    "insert into iamsql.coverage by name select {text} as account_id, {text} as region, {text} as service, {text} as operation, "
    "'ok' as status, 1 as items, 1 as requests, 0 as throttles, 0 as retries, 0 as seconds",
    "insert into iamsql.accounts by name select {text} as account_id, {text} as name, 'complete' as outcome, {text} as role_used",
    "insert into iamsql.event_coverage by name select {text} as account_id, {text} as region, 'trail' as source, "
    "{text} as look_up, 'ok' as status, now() as window_start, now() as window_end, 1 as events",
    "insert into iamsql.table_calls by name select {text} as table_name, {text} as service, {text} as operation",
    "comment on table aws_iam_user is {text}", "update iamsql.run set run_id = {text}",
    "update iamsql.run set organization_id = {text}", "update iamsql.run set iamsql_version = {text}",
    "update iamsql.run set options = json_object({text}, {text}, 'shard', {text})",
)  # fmt: skip
OWN = (".lock", ".runs.json", ".cache")  # what iamsql itself writes to a runs folder


@contextmanager
def unchanged(*folders: Path) -> Iterator[None]:
    """Fail if a file of the folders differs, is new or is missing after the block."""
    before = _state(*folders)
    yield
    after = _state(*folders)
    assert after == before, {*before.items()} ^ {*after.items()}


def _state(*folders: Path) -> dict[str, str]:
    all_digests = digests(*folders)
    return {path: digest for path, digest in all_digests.items() if not any(part in OWN for part in Path(path).parts)}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, the working folder of this test, with the folder `runs`."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path


def run_with(path: Path, name: str, statements: list[str]) -> None:
    """Write a run file whose objects and values have a name."""
    path.unlink(missing_ok=True)
    make_run(path)
    values = {"name": identifier(name), "text": literal(name)}
    with duckdb.connect(str(path)) as connection:
        for view in ("api_calls", "gaps"):
            connection.execute(f"drop view if exists iamsql.{view}")
        for statement in statements:
            with suppress(duckdb.Error):  # an empty name, or one that exists
                connection.execute(statement.format(**values))


COMMANDS = (
    "query {from} --run {path}", "query stale_keys --run {path}", "tables --run {path}", "query {from} --run {path} --explain",
    "runs --runs {runs}", "runs show {path}", "runs verify --runs {runs} {path}", "diff {path} {other}",
    "diff {other} {path} --sql {one}", "export {out} --raw --run {path}", "export {out} --output csv --csv-safe --run {path}",
    "lake add --lake {out} --runs {runs} {path}", "runs merge --runs {runs} {path}",
    "query {one} --runs {runs} --at 2026-03-01T11:00",
)  # fmt: skip


@example_settings(24)
@given(NAME, st.lists(st.sampled_from(CREATE), min_size=1, max_size=6), st.sets(st.sampled_from(COMMANDS), max_size=3))
def test_names_in_a_run_file_are_data(folder: Path, name: str, statements: list[str], commands: set[str]) -> None:
    runs, out = folder / "runs", folder.with_name("out")
    path, other = runs / "20260301T100000Z-o-1.duckdb", runs / "20260302T100000Z-o-1.duckdb"
    run_with(path, name, statements)
    make_run(other)
    values = {
        "from": f"from {identifier(name)}",
        "one": "select 1",
        "path": path,
        "other": other,
        "runs": runs,
        "out": out,
    }
    with unchanged(folder):
        for command in sorted(commands):
            assert exit_code([word.format(**values) for word in command.split()]) in (0, 1, 2)
            shutil.rmtree(out, ignore_errors=True)
        for read in (
            lambda: schema(open_run(path), ()),
            lambda: _load(path),
            lambda: _find_events(runs),
            lambda: merge(runs, [str(path), str(other)]),
        ):
            with suppress(IamsqlError):
                read()


def _load(path: Path) -> None:
    with open_run(path) as reader:
        load_prior_run(reader, is_partial=False)


def _find_events(runs: Path) -> None:
    with StoredTables(runs) as files:
        find_events(files, ["o-1"], False, datetime(2025, 1, 1, tzinfo=UTC))


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a lake with a small run, which has events."""
    folder = tmp_path_factory.mktemp("lake")
    run = make_small_run(folder, "2026-03-01T12:00:00Z", [event("a", "2026-02-28T10:00:00Z")])
    add(open_storage(str(folder / "lake")), run)
    return folder / "lake"


@example_settings(24)
@given(NAME, st.data())
def test_names_in_the_files_of_a_lake_are_data(folder: Path, lake: Path, name: str, data: st.DataObject) -> None:
    copied = folder / "lake"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(lake, copied)
    storage = open_storage(str(copied))
    manifest = existing_manifest(storage)
    (run,) = manifest.runs
    listing, head = copied / run.files.path, copied / manifest_path(manifest.version)
    in_list = data.draw(st.booleans())
    if in_list:
        content = _with_name(json.loads(listing.read_bytes()), name, data.draw)
        listing.write_bytes(content)
        files = replace(run.files, size=len(content), sha256=lake_file(content, run.files.path).sha256)
        document = json.loads(head.read_bytes())
        document["runs"][0]["files"] |= {"size": files.size, "sha256": files.sha256}
        head.write_text(json.dumps(document))
    else:
        head.write_bytes(_with_name(json.loads(head.read_bytes()), name, data.draw))
    with unchanged(folder):
        for arguments in (
            ["query", "select (select count(*) from iamsql.events), (select count(*) from iamsql.accounts)"],
            ["query", "aws_iam_user", "--explain"], ["runs"], ["lake", "list"], ["lake", "verify"],
        ):  # fmt: skip
            assert exit_code([*arguments, "--lake", str(copied)]) in (0, 1, 2)


def _with_name(document: Any, name: str, draw: Callable[..., Any]) -> bytes:
    """Return a JSON document where a name replaces a text or a key, or is one more key."""
    places = list(_places(document))
    node, key = places[draw(st.integers(0, len(places) - 1))]
    kind = draw(st.sampled_from(("value", "key", "more")))
    if kind == "value" or isinstance(node, list):
        node[key] = name
    elif kind == "key":
        node[name] = node.pop(key)
    else:
        node[name] = node[key]
    return json.dumps(document).encode()


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each member of a JSON document as its object or list, and its key or index."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in [*members]:
        yield node, key
        yield from _places(value)


@pytest.mark.slow
@example_settings(8)
@given(NAME, NAME)
def test_names_of_imported_files_are_data(folder: Path, name: str, other: str) -> None:
    files = folder / "files"
    shutil.rmtree(files, ignore_errors=True)
    files.mkdir()
    for number, (text, dump) in enumerate(zip((name, other, f"{name}{other}"), DUMPS, strict=False)):
        safe = "".join("_" if char in "/\0" else char for char in text)[:60].encode()[:200].decode(errors="ignore")
        shutil.copy(dump, files / f"{safe if safe.strip('.') else number}.{number}{dump.suffix}")
    with unchanged(folder):
        assert exit_code(["import", str(files), "--runs", str(folder.with_name("imported"))]) in (0, 2)
    shutil.rmtree(folder.with_name("imported"), ignore_errors=True)
