"""Query files: their front matter, errors with line numbers, versions, macros and folders."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest

from iamsql import catalog
from iamsql.model import IamsqlError, Param, Query

DATA = Path(__file__).parents[1] / "data" / "catalog"
FOLDER = DATA / "queries"
GOOD = "-- title: T\n"


def test_a_file_becomes_a_query(queries: dict[str, list[Query]]) -> None:
    query = queries["stale_keys"][-1]
    assert (query.name, query.version, query.latest, query.macro) == ("stale_keys", 2, True, "stale_keys")
    assert (query.title, query.kind, query.severity) == ("Access keys older than a limit", "report", "high")
    assert query.tags == ("access-keys", "cis_v3.0:1.14")
    assert query.params == (
        Param("days", "integer", 90, "Age in days from which a key is stale"),
        Param("account", "text", None, "One account only"),
        Param("since", "date", None, "First day that counts", required=True),
        Param("status", "text[]", ["Active", "In'active"]),
    )
    assert query.about == (
        "Long-lived keys are the most common way in.\n\n  Rotate or delete them; $days in a comment is text."
    )
    assert query.path == str(FOLDER / "keys" / "stale_keys.sql")
    assert not query.shipped


def test_sql_keeps_the_line_numbers_of_its_file(queries: dict[str, list[Query]]) -> None:
    for versions in queries.values():
        for query in versions:
            lines = Path(query.path).read_text().splitlines()
            first = next(index for index, line in enumerate(query.sql.splitlines()) if line)
            assert query.sql.splitlines()[first:] == lines[first:]


def test_an_error_of_duckdb_has_the_line_number_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.sql"
    path.write_text("-- title: T\n--\n-- About.\n\nselect 1,\n  missing_column\nfrom range(3)\n")
    with pytest.raises(duckdb.Error, match="LINE 6:"):
        duckdb.connect().execute(catalog.read_file(path).sql)


def test_carriage_returns_and_dialect(queries: dict[str, list[Query]]) -> None:
    (query,) = queries["accounts"]
    assert (query.kind, query.dialect, query.sql) == ("control", "postgres", "\n\n\nselect 1 as one\n")


def test_versions_are_in_ascending_order_and_the_oldest_has_a_macro_of_its_own(queries: dict[str, list[Query]]) -> None:
    assert [(query.version, query.latest, query.macro) for query in queries["stale_keys"]] == [
        (1, False, "stale_keys_v1"),
        (2, True, "stale_keys"),
    ]


def test_macro(queries: dict[str, list[Query]]) -> None:
    assert catalog.macro_sql(queries["stale_keys"][-1]) == (DATA / "stale_keys.macro.sql").read_text()


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        ("integer = -3", -3),
        ("double = 1.5", 1.5),
        ("text = it's", "it's"),
        ("text = 'a # b'", "a # b"),
        ("text = ''", ""),
        ("text = 'null'", "null"),
        ("boolean = false", False),
        ("date = 2026-03-01", date(2026, 3, 1)),
        ("timestamp = 2026-03-01T10:11:12+02:00", datetime(2026, 3, 1, 8, 11, 12)),
        ("text[] = a, b'c", ["a", "b'c"]),
        ("text[] = ''", []),
        ("integer = null", None),
    ],
)
def test_a_default_has_the_same_value_in_the_query_and_in_its_macro(declared: str, value: object) -> None:
    query = catalog.parse(f"{GOOD}-- param: p {declared} # About it\nselect $p as p, 1;\n-- end", Path("probe.sql"))
    assert catalog.defaults(query) == {"p": value}
    assert query.params[0].about == "About it"
    con = duckdb.connect()
    con.execute(catalog.macro_sql(query))
    from_macro = con.execute("from probe()").fetchall()
    assert from_macro == con.execute(query.sql, catalog.bind(query, {})).fetchall() == [(value, 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", "q.sql:1: no title"),
        ("", "q.sql:1: no title"),
        ("-- title:\nselect 1", "q.sql:1: title has no value"),
        (GOOD + "-- titel: x\nselect 1", "q.sql:2: unknown key 'titel'; did you mean title?"),
        (GOOD + "-- Title: x\nselect 1", "q.sql:2: unknown key 'Title'; did you mean title?"),
        (GOOD + "-- some words\nselect 1", "q.sql:2: expected '-- key: value'"),
        (GOOD + "-- title: again\nselect 1", "q.sql:2: title is given twice, first in line 1"),
        (GOOD + "-- kind: raport\nselect 1", "q.sql:2: kind must be report, control or detection, not 'raport'"),
        (GOOD + "-- severity: High\nselect 1", "q.sql:2: severity must be none, info, low, medium, high or critical"),
        (GOOD + "-- dialect: mysql\nselect 1", "q.sql:2: dialect must be duckdb or postgres, not 'mysql'"),
        (GOOD + "-- version: 0\nselect 1", "q.sql:2: version must be an integer from 1, not '0'"),
        (GOOD + "-- param: days\nselect $days", "q.sql:2: a parameter is 'name type"),
        (GOOD + "-- param: days int = 9\nselect $days", "q.sql:2: days has unknown type 'int'; did you mean integer?"),
        (GOOD + "-- param: days integer = x\nselect $days", "q.sql:2: the default of days must be an integer"),
        (GOOD + "-- param: days integer =\nselect $days", "q.sql:2: days has no default after '='"),
        (GOOD + "-- param: d text\n-- param: d date\nselect $d", "q.sql:3: parameter d is declared twice"),
        (GOOD + "-- param: d text\nselect 1 -- $d", "q.sql:2: parameter d is declared but $d is not used"),
        (GOOD + "select 1,\n $days", "q.sql:3: $days is not declared: add"),
        (GOOD + "-- param: days integer\nselect $days,\n$day", "q.sql:4: $day is not declared; did you mean days?"),
        (GOOD + "--\n-- about", "q.sql:4: no SQL"),
        (GOOD + "select 1; select 2", "q.sql:2: more than one statement"),
        ("\n" + GOOD + "-- kind:\nselect 1", "q.sql:3: kind has no value"),
    ],
)
def test_an_error_names_the_line(text: str, message: str) -> None:
    with pytest.raises(IamsqlError) as caught:
        catalog.parse(text, Path("q.sql"))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Stale.sql", "a-b.sql", "a.v0.sql", "a.b.sql", "1.sql"])
def test_an_invalid_file_name_is_an_error(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GOOD + "select 1")
    with pytest.raises(IamsqlError, match=r":1: the file name of a query has"):
        catalog.load([tmp_path])


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"-- title: T\n-- \xff\n")
    with pytest.raises(IamsqlError, match=r"a.sql:2: not UTF-8 text"):
        catalog.load([tmp_path])


def test_a_version_that_differs_from_the_file_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.v1.sql").write_text(GOOD + "-- version: 2\nselect 1")
    with pytest.raises(IamsqlError, match=r"a.v1.sql:2: version is 2, but the file name has 1"):
        catalog.load([tmp_path])


def test_the_file_name_without_a_version_is_the_newest_version(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(GOOD + "select 1")
    (tmp_path / "a.v3.sql").write_text(GOOD + "select 1")
    with pytest.raises(IamsqlError, match=r"a.sql:1: a is version 1, but .*a.v3.sql is newer"):
        catalog.load([tmp_path])


@pytest.mark.parametrize(("other", "version"), [("a.sql", 2), ("a.v1.sql", 1)])
def test_an_error_for_a_duplicate_name_lists_both_paths(tmp_path: Path, other: str, version: int) -> None:
    first, second = tmp_path / "one", tmp_path / "two"
    for folder, name, number in ((first, "a.sql", 1), (second, other, version)):
        folder.mkdir()
        (folder / name).write_text(f"{GOOD}-- version: {number}\nselect 1")
    for read in (lambda: catalog.load([first, second]), lambda: catalog.load_query([first, second], "a")):
        with pytest.raises(IamsqlError, match="two files define the query a") as caught:
            read()
        assert str(first / "a.sql") in str(caught.value)
        assert str(second / other) in str(caught.value)


def test_an_old_version_may_be_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "accounts.v1.sql").write_text(GOOD + "select 1")
    queries = tmp_path / "more"
    queries.mkdir()
    (queries / "accounts.sql").write_text(GOOD + "-- version: 2\nselect 2")
    assert [query.version for query in catalog.load([tmp_path, queries])["accounts"]] == [1, 2]


def test_find(queries: dict[str, list[Query]]) -> None:
    assert catalog.find(queries, "stale_keys").version == 2
    assert catalog.find(queries, "stale_keys@1").version == 1
    with pytest.raises(IamsqlError, match="no query named 'stale_key'; did you mean stale_keys"):
        catalog.find(queries, "stale_key")
    for reference in ("stale_keys@3", "stale_keys@", "stale_keys@v1"):
        with pytest.raises(IamsqlError, match=r"stale_keys has no version .* \(it has 1, 2\)"):
            catalog.find(queries, reference)


def test_load_one_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "broken.sql").write_text("nothing")
    (tmp_path / "a.sql").write_text(GOOD + "-- version: 2\nselect 2")
    (tmp_path / "a.v1.sql").write_text(GOOD + "select 1")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "ab.sql").write_text("a name that begins alike")
    (tmp_path / ".#a.sql").write_text("an editor's lock")
    newest, older = catalog.load_query([tmp_path], "a"), catalog.load_query([tmp_path], "a@1")
    assert (newest.version, newest.latest, older.version, older.latest) == (2, True, 1, False)
    with pytest.raises(IamsqlError, match="did you mean broken"):
        catalog.load_query([tmp_path], "brokn")
    with pytest.raises(IamsqlError, match="no query named ''"):
        catalog.load_query([tmp_path], "@1")
    assert catalog.names([tmp_path]) == ["a", "ab", "broken"]


@pytest.mark.parametrize("text", ["stale_keys", "stale-keys@1", "a@"])
def test_a_single_word_is_a_query_name(text: str) -> None:
    assert catalog.is_name(text)
    assert not catalog.is_name(f"from {text}")
    assert not catalog.is_name(f"{text}.sql")


def test_the_query_folders_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("queries", "more", "env"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IAMSQL_QUERIES", "env")
    shipped = catalog.shipped_folder()
    assert catalog.folders(["more"]) == [shipped, Path("more"), Path("env"), Path("queries")]
    assert catalog.folders(["queries"]) == [shipped, Path("queries"), Path("env")]
    monkeypatch.chdir(shipped.parent)
    monkeypatch.delenv("IAMSQL_QUERIES")
    assert catalog.folders([]) == [shipped]
    with pytest.raises(IamsqlError, match="no query folder nowhere"):
        catalog.folders(["nowhere"])


def test_a_folder_inside_another_is_read_once() -> None:
    assert len(catalog.load([FOLDER, FOLDER / "keys"])["stale_keys"]) == 2


def test_the_shipped_queries_load_and_are_marked_as_shipped() -> None:
    folder = catalog.shipped_folder()
    for versions in catalog.load([folder]).values():
        for query in versions:
            assert query.shipped
            assert query.dialect != "duckdb" or catalog.macro_sql(query)


def test_a_file_by_path_needs_no_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "My probe.sql"
    path.write_text("-- a note: to myself\nselect $a, $b, $a")
    query = catalog.read_file(path)
    assert query.params == (Param("a", "text", required=True), Param("b", "text", required=True))
    assert query.sql == path.read_text()
    probe = tmp_path / "probe.sql"
    probe.write_text("-- kind: control\n-- title: T\nselect 1")
    assert catalog.read_file(probe).kind == "control"
    with pytest.raises(IamsqlError, match=r"cannot read .*gone.sql: No such file"):
        catalog.read_file(tmp_path / "gone.sql")
