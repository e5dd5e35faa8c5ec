"""What every run file begins as is made once and copied: it is kept where nobody else can write it, and made anew where need be."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import duckdb
import pytest

from iamsql import runfile, template
from iamsql.runfile import RunFacts
from iamsql.schema import all_calls, all_tables

FACTS = RunFacts("20260302T120000Z-1", "2026-03-02T12:00:00Z")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give the folder of an empty cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    template.template.cache_clear()
    yield tmp_path / "cache" / "iamsql" / "templates"
    template.template.cache_clear()


def begun(path: Path) -> dict[str, int]:
    """Begin a run file, and count what it has."""
    landing = runfile.begin(path, FACTS)
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
    with patch("iamsql.template.make", wraps=template.make) as made:
        first = begun(tmp_path / "a.duckdb")
        template.template.cache_clear()
        assert begun(tmp_path / "b.duckdb") == first
    assert made.call_count == 1
    [kept] = cache.iterdir()
    assert (stat.S_IMODE(kept.stat().st_mode), stat.S_IMODE(cache.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("others", ["folder", "file", "link"])
def test_what_somebody_else_may_have_written_is_not_used(cache: Path, tmp_path: Path, others: str) -> None:
    kept = template.template()
    if others == "folder":
        cache.chmod(0o777)
    elif others == "file":
        kept.chmod(0o666)
    else:
        kept.rename(tmp_path / "elsewhere.duckdb")
        kept.symlink_to(tmp_path / "elsewhere.duckdb")
    template.template.cache_clear()
    with patch("iamsql.template.make", wraps=template.make) as made:
        path = template.template()
    assert made.call_count == 1 and not path.is_symlink()
    assert path.parent == cache if others != "folder" else path.parent != cache


def test_one_that_is_damaged_is_made_anew(cache: Path, tmp_path: Path) -> None:
    whole = begun(tmp_path / "a.duckdb")
    kept = template.template()
    kept.write_bytes(kept.read_bytes()[:5000])
    assert begun(tmp_path / "b.duckdb") == whole
    assert template.template() == kept and kept.stat().st_size > 10**6


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
    template.template.cache_clear()
    plain = template.catalog.files
    with patch("iamsql.template.catalog.files", lambda folders: [*plain(folders), (query, True)]):
        assert template._hash() != first.stem
