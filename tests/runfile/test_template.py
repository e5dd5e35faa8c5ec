"""The file that every run begins as is made once and copied; a cached file that was changed is found, and changes no verdict."""

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

FACTS = RunRow("20260302T120000Z-1", "2026-03-02T12:00:00Z")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    template.rebuild()
    yield tmp_path / "cache" / "iamsql" / "templates"
    template.rebuild()


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the file once."""
    return template.build(tmp_path_factory.mktemp("built") / "pristine.duckdb")


def copying(pristine: Path) -> Any:
    """Have the file copied instead of built, which takes no time."""
    return patch("iamsql.runfile.template.build", side_effect=lambda path: shutil.copyfile(pristine, path))


def stored(cache: Path, pristine: Path) -> Path:
    """Have the file in the cache, and return its path there."""
    template.rebuild()
    with copying(pristine):
        template.template()
    template.rebuild()
    [kept] = cache.iterdir()
    return kept


def catalog_of(path: Path) -> list[tuple[object, ...]]:
    """Read the macros, views and tables of a file; of SQL only its letters, for DuckDB writes some lists in any order."""
    with duckdb.connect(str(path), read_only=True) as con:
        return [
            (*row[:-1], "".join(sorted(row[-1])))
            for what in (
                "schema_name, function_name, parameters, macro_definition from duckdb_functions()",
                "schema_name, view_name, sql from duckdb_views()",
                "schema_name, table_name, sql from duckdb_tables()",
            )
            for row in con.execute(f"select {what} where not internal order by all").fetchall()
        ]


def begun(path: Path) -> dict[str, int]:
    """Begin a run file, and count what it has."""
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
            "told": "iamsql.coverage",
        }
        return {name: con.execute(f"select count(*) from {what}").fetchall()[0][0] for name, what in counts.items()}


def test_a_run_file_begins_with_everything_but_rows(cache: Path, tmp_path: Path) -> None:
    held = begun(tmp_path / "a.duckdb")
    assert held["tables"] + held["views"] == len(all_tables()) and held["views"] > 3
    assert held["raw"] == len(all_calls()) - 1
    assert held["queries"] > 250 and held["macros"] > held["queries"] and held["said"] > 1000 and held["calls"] > 100
    assert (held["runs"], held["told"]) == (1, 0)


def test_it_is_made_once_for_its_owner_alone(cache: Path, tmp_path: Path) -> None:
    with patch("iamsql.runfile.template.build", wraps=template.build) as made:
        first = begun(tmp_path / "a.duckdb")
        template.rebuild()
        assert begun(tmp_path / "b.duckdb") == first
    assert made.call_count == 1
    [kept] = cache.iterdir()
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(cache.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("others", ["folder", "file", "link"])
def test_what_somebody_else_may_have_written_is_not_used(
    cache: Path, pristine: Path, tmp_path: Path, others: str
) -> None:
    kept = stored(cache, pristine)
    if others == "folder":
        cache.chmod(0o777)
    elif others == "file":
        kept.chmod(0o666)
    else:
        kept.rename(tmp_path / "elsewhere.duckdb")
        kept.symlink_to(tmp_path / "elsewhere.duckdb")
    template.rebuild()
    with copying(pristine) as made:
        path = template.template()
    assert made.call_count == 1 and path.parent != cache
    mended = stat.S_IMODE(kept.lstat().st_mode) == 0o600 and not kept.is_symlink()
    assert mended or others == "folder"


CHANGES = {
    "a macro": "create or replace macro iam_like(x) as 'zzz'",
    "the default of a macro's parameter": "create or replace macro stale_keys(days := 9000, idle_days := 45) "
    "as table select 1 as i",
    "a macro that stands before DuckDB's function": "create macro lower(x) as 'x'",
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


@pytest.mark.parametrize("change", CHANGES)
def test_a_cached_file_that_was_changed_is_made_anew(
    cache: Path, pristine: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, change: str
) -> None:
    kept = stored(cache, pristine)
    with duckdb.connect(str(kept)) as con:
        con.execute(CHANGES[change])
    template.rebuild()
    with copying(pristine) as made:
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert made.call_count == 1 and kept.read_bytes() == pristine.read_bytes()
    assert caplog.messages == [f"{kept} was changed or damaged after it was built, and is built again."]
    assert catalog_of(landing.partial) == catalog_of(pristine)
    caplog.clear()
    template.rebuild()
    assert template.template() == kept and caplog.messages == []


def test_a_changed_macro_in_the_cache_changes_no_verdict(cache: Path, tmp_path: Path) -> None:
    """The attack of the review: with this macro, no policy grants anything."""
    env = os.environ | {"XDG_CACHE_HOME": str(cache.parent.parent), "IAMSQL_RUNS": str(tmp_path / "runs")}

    def iamsql(*args: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "iamsql", *args]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "built again" not in iamsql("sync", "--demo", "--event", "none").stderr
    admins = iamsql("query", "admins", "-o", "csv").stdout
    [kept] = cache.iterdir()
    with duckdb.connect(str(kept)) as con:
        con.execute(CHANGES["a macro"])
    said = iamsql("sync", "--demo", "--event", "none").stderr.splitlines()
    assert [line for line in said if "built again" in line] == [said[0]] and str(kept) in said[0]
    assert iamsql("query", "admins", "-o", "csv").stdout == admins != ""


def test_a_file_that_is_changed_after_the_check_is_not_used(cache: Path, pristine: Path, tmp_path: Path) -> None:
    kept = stored(cache, pristine)
    assert template.template() == kept
    with duckdb.connect(str(kept)) as con:
        con.execute(CHANGES["a macro"])
    with copying(pristine):
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert catalog_of(landing.partial) == catalog_of(pristine)


def test_the_package_lists_the_digest_of_what_is_built() -> None:
    listed = (Path(template.__file__).parent / template.DIGESTS).read_text()
    assert template.digest_line() in listed, "run make lock"


def test_a_file_that_the_package_does_not_list_is_never_taken_from_the_cache(
    cache: Path, pristine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version of DuckDB may write other bytes: then each process builds its own."""
    kept = stored(cache, pristine)
    monkeypatch.setattr(template, "_listed", lambda name: set())
    for _ in range(2):
        template.rebuild()
        with copying(pristine) as made:
            assert template.template() != kept and made.call_count == 1
    kept.unlink()
    template.rebuild()
    with copying(pristine):
        template.template()
    assert not kept.exists()


def test_a_file_that_is_damaged_or_gone_is_made_anew(cache: Path, pristine: Path, tmp_path: Path) -> None:
    kept = stored(cache, pristine)
    whole = kept.read_bytes()
    kept.write_bytes(whole[:5000])
    with copying(pristine):
        assert begun(tmp_path / "a.duckdb")["queries"] > 250 and kept.read_bytes() == whole
        template.rebuild()
        assert template.template() == kept
        kept.unlink()
        assert begun(tmp_path / "b.duckdb")["queries"] > 250 and kept.read_bytes() == whole


def test_a_cache_that_takes_no_file_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert begun(tmp_path / "a.duckdb")["queries"] > 250


def test_another_query_is_another_file(cache: Path, tmp_path: Path) -> None:
    first = template.template()
    query = tmp_path / "queries" / "more.sql"
    query.parent.mkdir()
    query.write_text("-- title: More\nselect 1 as one")
    template.rebuild()
    plain = template.catalog.files
    with patch("iamsql.runfile.template.catalog.files", lambda folders: [*plain(folders), (query, True)]):
        assert template._hash() != first.stem
