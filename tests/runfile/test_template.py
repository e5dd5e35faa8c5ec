"""The template of run files is built once and copied; a changed template in the cache is detected and not used."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from iamsql.runfile import build, template
from iamsql.runfile.rows import RunRow
from iamsql.schema.registry import all_calls, all_tables
from tests.tiers import slow_after

FACTS = RunRow("20260302T120000Z-1", "2026-03-02T12:00:00Z")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder of an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    template.checked_template.cache_clear()
    yield tmp_path / "cache" / "iamsql" / "templates"
    template.checked_template.cache_clear()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the template once."""
    return template.build(tmp_path_factory.mktemp("built") / "pristine.duckdb")


def copy_instead_of_build(pristine: Path) -> Any:
    """Copy the template instead of building it, which takes no time."""
    return patch("iamsql.runfile.template.build", side_effect=lambda path: shutil.copyfile(pristine, path))


def cached(cache: Path, pristine: Path) -> Path:
    """Put the template into the cache; return its path."""
    template.checked_template.cache_clear()
    with copy_instead_of_build(pristine):
        template.template()
    template.checked_template.cache_clear()
    [path] = cache.iterdir()
    return path


def definitions_of(path: Path) -> list[tuple[object, ...]]:
    """Return the macros, views and tables of a file; SQL as its sorted letters, because DuckDB writes some lists in any order."""
    with duckdb.connect(str(path), read_only=True) as con:
        return [
            (*row[:-1], "".join(sorted(row[-1])))
            for statement in (
                "schema_name, function_name, parameters, macro_definition from duckdb_functions()",
                "schema_name, view_name, sql from duckdb_views()",
                "schema_name, table_name, sql from duckdb_tables()",
            )
            for row in con.execute(f"select {statement} where not internal order by all").fetchall()
        ]


def row_counts(path: Path) -> dict[str, int]:
    """Begin a run file; return the number of rows of its tables."""
    landing = build.create(path, FACTS)
    landing.close()
    with duckdb.connect(str(landing.partial), read_only=True) as con:
        counts = {
            "tables": "duckdb_tables() where not internal and schema_name = 'main'",
            "views": "duckdb_views() where not internal and schema_name = 'main'",
            "raw": "duckdb_tables() where schema_name = 'raw'",
            "macros": "duckdb_functions() where function_type = 'table_macro' and not internal",
            "said": "duckdb_columns() where schema_name = 'main' and comment is not null",
            "queries": "iamsql.queries",
            "calls": "iamsql.table_calls",
            "runs": "iamsql.run",
            "coverage": "iamsql.coverage",
        }
        return {
            name: con.execute(f"select count(*) from {relation}").fetchall()[0][0] for name, relation in counts.items()
        }


def test_a_new_run_file_has_every_definition_and_no_rows(cache: Path, tmp_path: Path) -> None:
    counts = row_counts(tmp_path / "a.duckdb")
    assert counts["tables"] + counts["views"] == len(all_tables()) and counts["views"] > 3
    assert counts["raw"] == len(all_calls()) - 1
    assert (
        counts["queries"] > 250
        and counts["macros"] > counts["queries"]
        and counts["said"] > 1000
        and counts["calls"] > 100
    )
    assert (counts["runs"], counts["coverage"]) == (1, 0)


def test_the_template_is_built_once_and_private(cache: Path, tmp_path: Path) -> None:
    with patch("iamsql.runfile.template.build", wraps=template.build) as made:
        first = row_counts(tmp_path / "a.duckdb")
        template.checked_template.cache_clear()
        assert row_counts(tmp_path / "b.duckdb") == first
    assert made.call_count == 1
    [path] = cache.iterdir()
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(cache.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.slow
@pytest.mark.parametrize("others", slow_after(1, ["folder", "file", "link"]))
def test_a_cache_that_another_user_may_have_written_is_not_used(
    cache: Path, built: Path, tmp_path: Path, others: str
) -> None:
    stored = cached(cache, built)
    if others == "folder":
        cache.chmod(0o777)
    elif others == "file":
        stored.chmod(0o666)
    else:
        stored.rename(tmp_path / "elsewhere.duckdb")
        stored.symlink_to(tmp_path / "elsewhere.duckdb")
    template.checked_template.cache_clear()
    with copy_instead_of_build(built) as made:
        path = template.template()
    assert made.call_count == 1 and path.parent != cache
    mended = stat.S_IMODE(stored.lstat().st_mode) == 0o600 and not stored.is_symlink()
    assert mended or others == "folder"


CHANGES = {
    "a macro": "create or replace macro iam_like(x) as 'zzz'",
    "the default of a macro's parameter": "create or replace macro stale_keys(days := 9000, idle_days := 45) "
    "as table select 1 as i",
    "a macro that shadows a function of DuckDB": "create macro lower(x) as 'x'",
    "a view": "create or replace view iamsql.api_calls as select 1 as account_id",
    "a row": "update iamsql.queries set sql = 'select 1' where name = 'stale_keys'",
    "a row of a raw table": "insert into raw.iam_list_users values ('1', 'global', '{}', '{}', now())",
    "a default value": "alter table raw.iam_list_users alter item set default '{}'",
    "a constraint": "alter table raw.iam_list_users alter item set not null",
    "a column": "alter table aws_iam_user add column more integer default 5",
    "an index": "create index i on aws_iam_user (name)",
    "a comment": "comment on table aws_iam_user is 'nothing'",
    "a type": "create type main.state as enum ('a')",
    "a sequence": "create sequence s",
    "a table": "create table iamsql.mutes (i integer)",
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_template_is_built_again(
    cache: Path, built: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, change: str
) -> None:
    path = cached(cache, built)
    with duckdb.connect(str(path)) as con:
        con.execute(CHANGES[change])
    template.checked_template.cache_clear()
    with copy_instead_of_build(built) as made:
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert made.call_count == 1 and path.read_bytes() == built.read_bytes()
    assert caplog.messages == [f"{path} was changed or damaged after it was built, and is built again."]
    assert definitions_of(landing.partial) == definitions_of(built)
    caplog.clear()
    template.checked_template.cache_clear()
    assert template.template() == path and caplog.messages == []


@pytest.mark.slow
def test_a_changed_macro_in_the_cache_changes_no_result(cache: Path, tmp_path: Path) -> None:
    """With this macro, no policy would grant anything."""
    env = os.environ | {"XDG_CACHE_HOME": str(cache.parent.parent), "IAMSQL_RUNS": str(tmp_path / "runs")}

    def iamsql(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "iamsql", *args]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "built again" not in iamsql("sync", "--demo", "--event", "none").stderr
    admins = iamsql("query", "admins", "-o", "csv").stdout
    [path] = cache.iterdir()
    with duckdb.connect(str(path)) as con:
        con.execute(CHANGES["a macro"])
    lines = iamsql("sync", "--demo", "--event", "none").stderr.splitlines()
    assert [line for line in lines if "built again" in line] == [lines[0]] and str(path) in lines[0]
    assert iamsql("query", "admins", "-o", "csv").stdout == admins != ""


def test_a_template_that_changes_after_the_check_is_not_used(cache: Path, built: Path, tmp_path: Path) -> None:
    path = cached(cache, built)
    assert template.template() == path
    with duckdb.connect(str(path)) as con:
        con.execute(CHANGES["a macro"])
    with copy_instead_of_build(built):
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert definitions_of(landing.partial) == definitions_of(built)


def test_the_package_has_the_digest_of_the_template() -> None:
    listed = (Path(template.__file__).parent / template.DIGESTS).read_text()
    assert template.digest_line() in listed, "run make lock"


def test_a_template_without_a_digest_in_the_package_is_not_read_from_the_cache(
    cache: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of DuckDB may write other bytes: then each process builds its own."""
    path = cached(cache, built)
    monkeypatch.setattr(template, "_listed", lambda name: set())
    for _ in range(2):
        template.checked_template.cache_clear()
        with copy_instead_of_build(built) as made:
            assert template.template() != path and made.call_count == 1
    path.unlink()
    template.checked_template.cache_clear()
    with copy_instead_of_build(built):
        template.template()
    assert not path.exists()


def test_a_damaged_or_missing_template_is_built_again(cache: Path, built: Path, tmp_path: Path) -> None:
    path = cached(cache, built)
    content = path.read_bytes()
    path.write_bytes(content[:5000])
    with copy_instead_of_build(built):
        assert row_counts(tmp_path / "a.duckdb")["queries"] > 250 and path.read_bytes() == content
        template.checked_template.cache_clear()
        assert template.template() == path
        path.unlink()
        assert row_counts(tmp_path / "b.duckdb")["queries"] > 250 and path.read_bytes() == content


@pytest.mark.slow
def test_a_read_only_cache_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert row_counts(tmp_path / "a.duckdb")["queries"] > 250


@pytest.mark.slow
def test_another_query_is_another_template(cache: Path, tmp_path: Path) -> None:
    first = template.template()
    query = tmp_path / "queries" / "more.sql"
    query.parent.mkdir()
    query.write_text("-- title: More\nselect 1 as one")
    template.checked_template.cache_clear()
    plain = template.catalog.files
    with patch("iamsql.runfile.template.catalog.files", lambda folders: [*plain(folders), (query, True)]):
        assert template._hash() != first.stem
