"""What a statement reads is planned once, and kept in a file that only the template it was planned over can use."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest

from iamsql.catalog import load, load_query, shipped_folder
from iamsql.model import Query
from iamsql.query.execute import answer
from iamsql.runs.coverage.not_collected import find_needed_tables, find_uncollected
from iamsql.runs.file import known_reads, template
from iamsql.runs.file.known_reads import KnownReads, cache_path, known_dependencies, store_dependencies
from iamsql.runs.file.source_hash import content_hash
from iamsql.runs.lineage import unused_calls
from iamsql.runs.store.open_new import Template, sha256_of
from iamsql.runs.store.query_plans import QueryPlans, Reads, digest
from iamsql.runs.store.reader import open_run
from iamsql.runs.store.referenced_tables import ReferencedTables
from tests.tiers import slow_after

SQL = "select u.name, k.access_key_id from aws_iam_user as u left join aws_iam_access_key as k on k.account_id = u.account_id"
READS = Reads(
    {
        "aws_iam_user": frozenset({"name", "account_id"}),
        "aws_iam_access_key": frozenset({"access_key_id", "account_id"}),
    },
    frozenset({"aws_iam_access_key"}),
)


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the template of a source tree that has no file next to it yet."""
    built = template.template()
    monkeypatch.setattr(template, "BUILT", tmp_path / "templates")
    template.BUILT.mkdir(mode=0o700)
    copied = Path(shutil.copyfile(built, template.BUILT / f"{content_hash()}.duckdb"))
    copied.chmod(0o600)
    copied.with_suffix(".sha256").write_text(f"{sha256_of(copied)}  {copied.name}\n")
    restart()
    yield copied
    restart()


def restart() -> None:
    """Forget what a process keeps."""
    template.checked_template.cache_clear()
    known_reads._read_stored.cache_clear()


def planned(*statements: str) -> list[str]:
    """Return the statements that a new process plans to answer what each of these reads."""
    restart()
    plan = QueryPlans._explain
    planned_statements: list[str] = []
    with (
        patch.object(QueryPlans, "_explain", lambda self, sql: planned_statements.append(sql) or plan(self, sql)),
        closing(KnownReads()) as plans,
    ):
        for sql in statements:
            plans.reads(sql)
    return planned_statements


def test_a_statement_is_planned_once_in_a_source_tree(stored: Path) -> None:
    assert planned(SQL, SQL, "select 1") == [SQL, "select 1"]
    assert planned(SQL, "select 2") == ["select 2"]
    assert planned(SQL, "select 2", "select 1") == []
    with closing(KnownReads()) as plans:
        assert plans.reads(SQL) == READS
    assert stat.S_IMODE(cache_path(stored).stat().st_mode) == 0o600
    assert {path.suffix for path in stored.parent.iterdir()} == {".duckdb", ".sha256", ".json"}


def test_one_process_plans_a_statement_once(stored: Path) -> None:
    plan = QueryPlans._explain
    with patch.object(QueryPlans, "_explain", side_effect=plan, autospec=True) as plan_mock:
        for _ in range(2):
            with closing(KnownReads()) as plans:
                assert plans.reads(SQL) == READS
    assert plan_mock.call_count == 1


ONE_READ = '{"template": "%s", "reads": {"%s": [[], 1]}, "dependencies": {}}'


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"template": 1}', '{"template": "0", "reads": {}}', ONE_READ]
)
def test_a_damaged_file_is_replaced(stored: Path, content: str) -> None:
    assert planned(SQL) == [SQL]
    cache_path(stored).write_text(content.replace("%s", sha256_of(stored), 1).replace("%s", digest(SQL)))
    assert planned(SQL) == [SQL]
    assert planned(SQL) == []


@pytest.mark.parametrize("others", ["file", "link", "other template"])
def test_a_file_that_another_user_may_have_written_is_not_read(stored: Path, tmp_path: Path, others: str) -> None:
    assert planned(SQL) == [SQL]
    path = cache_path(stored)
    if others == "file":
        path.chmod(0o666)
    elif others == "link":
        path.rename(tmp_path / "elsewhere.json")
        path.symlink_to(tmp_path / "elsewhere.json")
    else:
        path.write_text(path.read_text().replace(sha256_of(stored), "0" * 64))
    assert planned(SQL) == [SQL]
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600 and planned(SQL) == []


def test_the_file_of_a_package_is_read_and_never_written(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = stored.with_name(template.FILE)
    stored.rename(package)
    package.with_name(template.DIGEST).write_text(f"{sha256_of(package)}  {template.FILE}\n")
    monkeypatch.setattr(template, "PACKAGE", package.parent)
    monkeypatch.setattr(template, "BUILT", package.parent / "none")
    known_reads.write(Template(package, sha256_of(package)), [Query("users", "Users", SQL)])
    before = cache_path(package).read_bytes()
    assert planned(SQL, "select 1") == ["select 1"]
    assert cache_path(package).read_bytes() == before
    content = json.loads(before)
    assert content["reads"].keys() == {digest(SQL)} and len(content["dependencies"]) == 1


def test_a_source_tree_keeps_a_limited_number_of_statements(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_reads, "STATEMENTS", 2)
    assert planned("select 1", "select 2") == ["select 1", "select 2"]
    assert planned("select 1", "select 3", "select 2") == ["select 3"]
    assert planned("select 3", "select 1") == ["select 3"]


def test_a_folder_that_cannot_be_written_is_ignored(stored: Path) -> None:
    with patch.object(Path, "replace", side_effect=PermissionError):
        assert planned(SQL) == [SQL]
    assert {path.suffix for path in stored.parent.iterdir()} == {".duckdb", ".sha256"}


def test_text_that_is_not_unicode_has_a_digest() -> None:
    assert digest("select '\ud800'") != digest("select '\ud801'")


@pytest.mark.slow
def test_every_shipped_query_has_a_plan() -> None:
    queries = [query for versions in load([shipped_folder()]).values() for query in versions]
    with closing(QueryPlans(template.template())) as plans:
        assert [query.name for query in queries if not plans._explain(query.sql)] == []


def test_a_source_tree_stores_the_dependencies_of_a_shipped_query(stored: Path) -> None:
    restart()
    query = load_query([shipped_folder()], "stale_keys")
    assert known_dependencies(query) is None
    dependencies = store_dependencies(query)
    restart()
    assert dependencies and known_dependencies(query) == dependencies and "aws_iam_access_key" in dependencies.tables
    assert known_dependencies(replace(query, sql=f"{query.sql} ")) is None
    assert known_dependencies(replace(query, resource_types=("s3_bucket",))) is None


@pytest.mark.parametrize("name", slow_after(1, ["stale_keys", "admins", "external_access", "trail_gaps"]))
def test_the_stored_dependencies_are_what_the_query_reads_of_a_run(demo_run: Path, name: str) -> None:
    query = next(query for query in (*load([shipped_folder()]).get(name, ()),) if query.latest)
    dependencies = known_dependencies(query) or store_dependencies(query)
    assert dependencies
    with closing(open_run(demo_run)) as reader:
        missing = find_uncollected(reader, dependencies.if_collected).keys()
        assert dependencies.tables - missing == find_needed_tables(reader, query.sql, query.resource_types)
        assert dependencies.unused == unused_calls(reader, query.sql, set(dependencies.tables), every=True)


def test_a_shipped_query_is_not_parsed_for_its_tables(demo_run: Path) -> None:
    query = load_query([shipped_folder()], "stale_keys")
    assert known_dependencies(query) or store_dependencies(query)
    unneeded = patch.object(ReferencedTables, "tables_referenced", side_effect=AssertionError)
    with closing(open_run(demo_run)) as reader, unneeded:
        assert answer(reader, query, {"days": 30, "unused_days": 30}).caveats
