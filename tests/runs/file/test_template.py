"""The template of run files is built once and copied; a changed template is rejected."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pytest

from iamsql.model import IamsqlError
from iamsql.runs.file import build, build_template, package_template, source_hash, template
from iamsql.runs.file.rows import RunRow
from iamsql.runs.store.open_new import sha256_of
from iamsql.tables.registry import all_calls, all_tables

ROOT = Path(__file__).parents[3]
FACTS = RunRow("20260302T120000Z-1", "2026-03-02T12:00:00Z")


@pytest.fixture
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return the folder, which does not exist, where the source tree stores its template."""
    monkeypatch.setattr(template, "BUILT", tmp_path / "build" / "templates")
    template.checked_template.cache_clear()
    yield template.BUILT
    template.checked_template.cache_clear()


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the template of the source tree with its digest, as a wheel has them."""
    folder = tmp_path_factory.mktemp("built")
    copied = copy_instead_of_build(template.template(), "package_template")
    with copied, patch("iamsql.runs.file.package_template.shipped_queries", list):
        package_template.write(folder)
    return folder / template.FILE


@pytest.fixture
def package(built: Path, tmp_path: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the template in a package as the wheel installs it."""
    folder = shutil.copytree(built.parent, tmp_path / "package")
    monkeypatch.setattr(template, "PACKAGE", folder)
    return folder / template.FILE


def copy_instead_of_build(pristine: Path, user: str = "build_template") -> Any:
    """Copy the template instead of building it in a module, which takes no time."""
    return patch(f"iamsql.runs.file.{user}.build", side_effect=lambda path: shutil.copyfile(pristine, path))


def store(stored: Path, pristine: Path) -> Path:
    """Store the template in the source tree; return its path."""
    template.checked_template.cache_clear()
    with copy_instead_of_build(pristine):
        template.template()
    template.checked_template.cache_clear()
    return stored / f"{source_hash.content_hash()}.duckdb"


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


@pytest.mark.slow
def test_a_new_run_file_has_every_definition_and_no_rows(package: Path, tmp_path: Path) -> None:
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


# -- the template of the package -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_template_of_the_package_is_copied_and_nothing_is_built(
    package: Path, stored: Path, tmp_path: Path
) -> None:
    package.chmod(0o444)
    with patch("iamsql.runs.file.build_template.build") as build_mock:
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert template.template() == package and not build_mock.called and not stored.exists()
    assert stat.S_IMODE(landing.partial.stat().st_mode) == 0o600
    assert definitions_of(landing.partial) == definitions_of(package)


def test_each_query_has_its_title_as_the_comment_of_its_macro(demo_run: Path) -> None:
    with duckdb.connect(str(demo_run), read_only=True) as con:
        comments = dict(
            con.execute(
                "select function_name, comment from duckdb_functions() where function_type = 'table_macro' and comment is not null"
            ).fetchall()
        )
        ((topic, _, text), *rows) = con.execute("from help()").fetchall()
    queries = {query.macro: query.title for query in build_template.shipped_queries() if query.dialect == "duckdb"}
    assert comments == queries and len(queries) > 300
    assert topic == "run" and "accounts read completely" in text
    missing = [name for kind, name, _ in rows if kind == "missing account"]
    assert "999900001111" in missing
    listed = {name: text for kind, name, text in rows if kind == "query"}
    assert (
        len(listed) == 10
        and listed.items()
        <= {query.name: query.title for query in build_template.shipped_queries() if query.latest}.items()
    )


CHANGES = {
    "a macro": "create or replace macro iam_like(x) as 'zzz'",
    "a row": "update iamsql.queries set sql = 'select 1' where name = 'stale_keys'",
    "a comment": "comment on table aws_iam_user is 'nothing'",
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_template_of_the_package_is_an_error(package: Path, tmp_path: Path, change: str) -> None:
    with duckdb.connect(str(package)) as con:
        con.execute(CHANGES[change])
    with pytest.raises(IamsqlError, match=r"changed or damaged after it was installed\.\nInstall iamsql again from"):
        build.create(tmp_path / "a.duckdb", FACTS)
    assert not list(tmp_path.glob("a.duckdb*"))


@pytest.mark.parametrize(
    "content", [None, "", "\xff", "0" * 64 + "  template.duckdb\n"], ids=["none", "empty", "binary", "other"]
)
def test_a_template_without_its_digest_is_an_error(package: Path, content: str | None) -> None:
    digest = package.with_name(template.DIGEST)
    digest.unlink()
    if content is not None:
        digest.write_text(content, "latin-1")
    with pytest.raises(IamsqlError, match="Install iamsql again"):
        template.template()


def test_the_digest_has_the_format_of_sha256sum(built: Path) -> None:
    assert (built.parent / template.DIGEST).read_text() == f"{sha256_of(built)}  template.duckdb\n"


def test_a_template_that_changes_after_the_check_is_not_copied(package: Path, tmp_path: Path) -> None:
    assert template.template() == package
    package.write_bytes(package.read_bytes() + b"more")
    with pytest.raises(IamsqlError, match="changed or damaged"):
        build.create(tmp_path / "a.duckdb", FACTS)
    assert not list(tmp_path.glob("a.duckdb*"))


# -- a source tree ---------------------------------------------------------------------------------------------------------


def test_a_source_tree_builds_the_template_once(stored: Path, built: Path, tmp_path: Path) -> None:
    with copy_instead_of_build(built) as build_mock:
        first = row_counts(tmp_path / "a.duckdb")
        template.checked_template.cache_clear()
        assert row_counts(tmp_path / "b.duckdb") == first
    assert build_mock.call_count == 1
    [path] = stored.glob("*.duckdb")
    assert sorted(stored.iterdir()) == [path, path.with_suffix(".sha256")]
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(stored.stat().st_mode)) == (0o600, 0o700)


@pytest.mark.parametrize("others", ["folder", "file", "link"])
def test_a_template_that_another_user_may_have_written_is_not_used(
    stored: Path, built: Path, tmp_path: Path, others: str
) -> None:
    path = store(stored, built)
    if others == "folder":
        stored.chmod(0o777)
    elif others == "file":
        path.chmod(0o666)
    else:
        path.rename(tmp_path / "elsewhere.duckdb")
        path.symlink_to(tmp_path / "elsewhere.duckdb")
    with copy_instead_of_build(built) as build_mock:
        used_path = template.template()
    assert build_mock.call_count == 1 and used_path.parent != stored
    mended = stat.S_IMODE(path.lstat().st_mode) == 0o600 and not path.is_symlink()
    assert mended or others == "folder"


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_template_of_a_source_tree_is_built_again(
    stored: Path, built: Path, caplog: pytest.LogCaptureFixture, tmp_path: Path, change: str
) -> None:
    path = store(stored, built)
    with duckdb.connect(str(path)) as con:
        con.execute(CHANGES[change])
    with copy_instead_of_build(built) as build_mock:
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert build_mock.call_count == 1 and path.read_bytes() == built.read_bytes()
    assert caplog.messages == [f"{path} was changed or damaged after it was built, and is built again."]
    assert definitions_of(landing.partial) == definitions_of(built)
    caplog.clear()
    template.checked_template.cache_clear()
    assert template.template() == path and caplog.messages == []


@pytest.mark.slow
def test_a_template_of_a_source_tree_that_changes_after_the_check_is_not_used(
    stored: Path, built: Path, tmp_path: Path
) -> None:
    path = store(stored, built)
    assert template.template() == path
    with duckdb.connect(str(path)) as con:
        con.execute(CHANGES["a macro"])
    with copy_instead_of_build(built):
        landing = build.create(tmp_path / "a.duckdb", FACTS)
    landing.close()
    assert definitions_of(landing.partial) == definitions_of(built)


def test_a_damaged_or_missing_template_is_built_again(stored: Path, built: Path) -> None:
    path = store(stored, built)
    content = path.read_bytes()
    for damage in (lambda: path.write_bytes(content[:5000]), path.unlink, path.with_suffix(".sha256").unlink):
        damage()
        template.checked_template.cache_clear()
        with copy_instead_of_build(built) as build_mock:
            template.template()
        assert build_mock.call_count == 1 and path.read_bytes() == content


@pytest.mark.slow
def test_a_read_only_source_tree_is_not_an_error(
    tmp_path: Path, stored: Path, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file in place of the parent folder: no user can write there, not even root.
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(template, "BUILT", tmp_path / "file" / "templates")
    with copy_instead_of_build(built):
        assert row_counts(tmp_path / "a.duckdb")["queries"] > 250


def test_unused_templates_of_other_sources_are_deleted(stored: Path, built: Path) -> None:
    stored.mkdir(parents=True, mode=0o700)
    for name, age in (("0.duckdb", 2), ("0.sha256", 2), ("1.duckdb", 0)):
        (stored / name).write_text("")
        os.utime(stored / name, (time.time() - age * template.UNUSED_SECONDS,) * 2)
    path = store(stored, built)
    assert sorted(stored.iterdir()) == sorted([path, path.with_suffix(".sha256"), stored / "1.duckdb"])


def test_another_query_is_another_template(tmp_path: Path) -> None:
    before = source_hash.content_hash()
    query = tmp_path / "queries" / "more.sql"
    query.parent.mkdir()
    query.write_text("-- title: More\nselect 1 as one")
    plain = source_hash.catalog.files
    with patch("iamsql.runs.file.source_hash.catalog.files", lambda folders: [*plain(folders), (query, True)]):
        assert source_hash.content_hash() != before
    assert source_hash.content_hash() == before


@pytest.mark.slow
def test_two_builds_give_the_same_bytes(built: Path, tmp_path: Path) -> None:
    assert build_template.build(tmp_path / "again.duckdb").read_bytes() == built.read_bytes()


def test_the_template_is_built_with_duckdb_alone() -> None:
    """A build has no other package at hand: pyproject.toml lists the packages in `build-system.requires`."""
    code = (
        "import sys; before = {*sys.modules}; import iamsql.runs.file.build_template; "
        "print(*{name.partition('.')[0] for name in {*sys.modules} - before} - sys.stdlib_module_names)"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(result.stdout.split()) == {"iamsql", "_duckdb"}
