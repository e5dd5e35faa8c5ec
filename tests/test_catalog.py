"""Query files: what they say, where they are wrong, and which `$name` is really a parameter."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from iamsql import catalog
from iamsql.model import IamsqlError, Param, Query

DATA = Path(__file__).parent / "data" / "catalog"
SHELF = DATA / "shelf"
GOOD = "-- title: T\n"


@pytest.fixture
def shelf() -> dict[str, list[Query]]:
    return catalog.load([SHELF])


def test_a_file_becomes_a_query(shelf: dict[str, list[Query]]) -> None:
    query = shelf["stale_keys"][-1]
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
    assert query.path == str(SHELF / "keys" / "stale_keys.sql")
    assert not query.shipped


def test_sql_keeps_the_lines_of_its_file(shelf: dict[str, list[Query]]) -> None:
    for versions in shelf.values():
        for query in versions:
            lines = Path(query.path).read_text().splitlines()
            first = next(place for place, line in enumerate(query.sql.splitlines()) if line)
            assert query.sql.splitlines()[first:] == lines[first:]


def test_duckdb_names_the_line_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "wrong.sql"
    path.write_text("-- title: T\n--\n-- About.\n\nselect 1,\n  missing_column\nfrom range(3)\n")
    with pytest.raises(duckdb.Error, match="LINE 6:"):
        duckdb.connect().execute(catalog.read_file(path).sql)


def test_carriage_returns_and_dialect(shelf: dict[str, list[Query]]) -> None:
    (query,) = shelf["accounts"]
    assert (query.kind, query.dialect, query.sql) == ("control", "postgres", "\n\n\nselect 1 as one\n")


def test_versions_ascend_and_the_oldest_gets_its_own_macro(shelf: dict[str, list[Query]]) -> None:
    assert [(query.version, query.latest, query.macro) for query in shelf["stale_keys"]] == [
        (1, False, "stale_keys_v1"),
        (2, True, "stale_keys"),
    ]


def test_macro(shelf: dict[str, list[Query]]) -> None:
    assert catalog.macro_sql(shelf["stale_keys"][-1]) == (DATA / "stale_keys.macro.sql").read_text()


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
def test_a_default_means_the_same_to_the_query_and_its_macro(declared: str, value: object) -> None:
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
def test_what_is_wrong_is_named_by_line(text: str, message: str) -> None:
    with pytest.raises(IamsqlError) as caught:
        catalog.parse(text, Path("q.sql"))
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["Stale.sql", "a-b.sql", "a.v0.sql", "a.b.sql", "1.sql"])
def test_a_bad_file_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(GOOD + "select 1")
    with pytest.raises(IamsqlError, match=r":1: the file name of a query has"):
        catalog.load([tmp_path])


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_bytes(b"-- title: T\n-- \xff\n")
    with pytest.raises(IamsqlError, match=r"a.sql:2: not UTF-8 text"):
        catalog.load([tmp_path])


def test_the_version_agrees_with_the_file_name(tmp_path: Path) -> None:
    (tmp_path / "a.v1.sql").write_text(GOOD + "-- version: 2\nselect 1")
    with pytest.raises(IamsqlError, match=r"a.v1.sql:2: version is 2, but the file name has 1"):
        catalog.load([tmp_path])


def test_the_bare_name_holds_the_newest(tmp_path: Path) -> None:
    (tmp_path / "a.sql").write_text(GOOD + "select 1")
    (tmp_path / "a.v3.sql").write_text(GOOD + "select 1")
    with pytest.raises(IamsqlError, match=r"a.sql:1: a is version 1, but .*a.v3.sql is newer"):
        catalog.load([tmp_path])


@pytest.mark.parametrize(("other", "version"), [("a.sql", 2), ("a.v1.sql", 1)])
def test_a_name_twice_is_an_error_naming_both(tmp_path: Path, other: str, version: int) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder, name, number in ((one, "a.sql", 1), (two, other, version)):
        folder.mkdir()
        (folder / name).write_text(f"{GOOD}-- version: {number}\nselect 1")
    for read in (lambda: catalog.load([one, two]), lambda: catalog.load_one([one, two], "a")):
        with pytest.raises(IamsqlError, match="two files define the query a") as caught:
            read()
        assert str(one / "a.sql") in str(caught.value)
        assert str(two / other) in str(caught.value)


def test_an_old_version_may_stand_in_another_folder(tmp_path: Path) -> None:
    (tmp_path / "accounts.v1.sql").write_text(GOOD + "select 1")
    shelf = tmp_path / "more"
    shelf.mkdir()
    (shelf / "accounts.sql").write_text(GOOD + "-- version: 2\nselect 2")
    assert [query.version for query in catalog.load([tmp_path, shelf])["accounts"]] == [1, 2]


def test_find(shelf: dict[str, list[Query]]) -> None:
    assert catalog.find(shelf, "stale_keys").version == 2
    assert catalog.find(shelf, "stale_keys@1").version == 1
    with pytest.raises(IamsqlError, match="no query named 'stale_key'; did you mean stale_keys"):
        catalog.find(shelf, "stale_key")
    for reference in ("stale_keys@3", "stale_keys@", "stale_keys@v1"):
        with pytest.raises(IamsqlError, match=r"stale_keys has no version .* \(it has 1, 2\)"):
            catalog.find(shelf, reference)


def test_load_one_reads_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "broken.sql").write_text("nothing")
    (tmp_path / "a.sql").write_text(GOOD + "-- version: 2\nselect 2")
    (tmp_path / "a.v1.sql").write_text(GOOD + "select 1")
    (tmp_path / ".#a.sql").write_text("an editor's lock")
    newest, older = catalog.load_one([tmp_path], "a"), catalog.load_one([tmp_path], "a@1")
    assert (newest.version, newest.latest, older.version, older.latest) == (2, True, 1, False)
    with pytest.raises(IamsqlError, match="did you mean broken"):
        catalog.load_one([tmp_path], "brokn")
    assert catalog.names([tmp_path]) == ["a", "broken"]


@pytest.mark.parametrize("text", ["stale_keys", "stale-keys@1", "a@"])
def test_one_word_is_a_name(text: str) -> None:
    assert catalog.is_name(text)
    assert not catalog.is_name(f"from {text}")
    assert not catalog.is_name(f"{text}.sql")


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert len(catalog.load([SHELF, SHELF / "keys"])["stale_keys"]) == 2


def test_shipped_queries_load_and_say_so() -> None:
    folder = catalog.shipped_folder()
    for versions in catalog.load([folder]).values():
        for query in versions:
            assert query.shipped
            assert query.dialect != "duckdb" or catalog.macro_sql(query)


def test_bind(shelf: dict[str, list[Query]]) -> None:
    query = shelf["stale_keys"][-1]
    assert catalog.bind(query, {"days": " 30", "since": "2026-01-02", "status": "a, b"}) == {
        "days": 30,
        "account": None,
        "since": date(2026, 1, 2),
        "status": ["a", "b"],
    }


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, "stale_keys needs --arg since=… (a date such as 2026-03-01)"),
        ({"since": "2026-02-30"}, "stale_keys: since must be a date such as 2026-03-01, not '2026-02-30'"),
        ({"since": "2026-01-01", "days": "many"}, "stale_keys: days must be an integer, not 'many'"),
        ({"sinse": "x"}, "stale_keys has no parameter 'sinse'; did you mean since? (it takes days integer, "),
    ],
)
def test_bad_arguments(shelf: dict[str, list[Query]], args: dict[str, str], message: str) -> None:
    with pytest.raises(IamsqlError) as caught:
        catalog.bind(shelf["stale_keys"][-1], args)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("integer", ["", "1.5", "1_0", "٣", "2147483648", "1e3", "0x1"]),
        ("double", ["", "nan", "inf", "1_0", "a"]),
        ("boolean", ["", "maybe", "1"]),
        ("date", ["", "20260301", "2026-3-1", "today", "2026-13-01"]),
        ("timestamp", ["", "now", "2026-03-01T25:00"]),
        ("text", ["\udcff"]),
        ("text[]", ["a,\udcff"]),
    ],
)
def test_wrong_types(kind: str, wrong: list[str]) -> None:
    query = Query("q", "T", "select $p", params=(Param("p", kind, required=True),))
    for text in wrong:
        with pytest.raises(IamsqlError, match="q: p must be"):
            catalog.bind(query, {"p": text})


def test_a_query_without_parameters_says_so() -> None:
    with pytest.raises(IamsqlError, match=r"q has no parameter 'x' \(it takes none\)"):
        catalog.bind(Query("q", "T", "select 1"), {"x": "1"})


def test_a_file_by_path_needs_no_front_matter(tmp_path: Path) -> None:
    path = tmp_path / "My probe.sql"
    path.write_text("-- a note: to myself\nselect $a, $b, $a")
    query = catalog.read_file(path)
    assert query.params == (Param("a", "text", required=True), Param("b", "text", required=True))
    assert query.sql == path.read_text()
    named = tmp_path / "probe.sql"
    named.write_text("-- kind: control\n-- title: T\nselect 1")
    assert catalog.read_file(named).kind == "control"
    with pytest.raises(IamsqlError, match=r"cannot read .*gone.sql: No such file"):
        catalog.read_file(tmp_path / "gone.sql")


def test_lock_file(shelf: dict[str, list[Query]]) -> None:
    text = catalog.lock_text(shelf)
    assert [line.split()[0] for line in text.splitlines()] == ["accounts@1", "stale_keys@1", "stale_keys@2"]
    assert all(len(line.split()[1]) == 64 for line in text.splitlines())
    assert catalog.check_lock(shelf, text) == []
    changed = text.replace("accounts@1 ", "accounts@1 0").replace("stale_keys@1", "other@1")
    assert catalog.check_lock(shelf, changed) == [
        "accounts@1 changed: raise its version and keep the old file as .vN.sql",
        "stale_keys@1 is not in the lock file: run make lock",
        "other@1 is in the lock file, but its .sql file does not exist",
    ]


def test_words_are_free_but_meaning_is_locked() -> None:
    path = Path("q.sql")
    one = catalog.parse(GOOD + "-- param: p integer = 1\nselect $p", path)
    assert catalog.digest(one) == catalog.digest(
        catalog.parse("-- title: Better\n-- tags: x\n-- param: p integer = 1 # Why\n\nselect $p\n", path)
    )
    for other in ("-- param: p integer = 2\nselect $p", "-- param: p integer = 1\nselect $p + 1"):
        assert catalog.digest(one) != catalog.digest(catalog.parse(GOOD + other, path))


# fmt: off
PIECES = st.sampled_from([
    "$a", "$b", "$c1", "$_d", "$é", "$ e", "a$b", "x.y$z", "$$", "$t$", "$t2$", "$u", "1", "é", "x", "n'$o'", "'$s'",
    "'", "''", "e'", "E'\\'", "\\", '"', '""', "--", "/*", "*/", "/* $n */", "\n", "\r", " ", ";", ",", "::int",
    " select ", "(",
])
# fmt: on
WORDS = st.text(alphabet="$abx'\"-/*;\n\\é ", max_size=12)
GAPS = st.one_of(
    st.sampled_from([" ", "\n", "/* a /* $b */ $c */", "-- $d ' \" /* $$\n"]),
    WORDS.map(lambda words: "--" + words.replace("\n", "") + "\n"),
)
VALUES = st.one_of(
    st.sampled_from(["$a", "$b::int", "$é", "($c+1)", "1", "x", "x$a", "x.y$b", "e'\\' $d'", "[$e, $f]", "$g.h"]),
    WORDS.map(lambda words: "'" + words.replace("'", "''") + "'"),
    WORDS.map(lambda words: '"_' + words.replace('"', '""') + '"'),
    WORDS.map(lambda words: "$$" + words.replace("$", "") + "$$"),
    WORDS.map(lambda words: "$q$" + words.replace("$q$", "") + " $q$"),
    st.builds("{}{}".format, GAPS, st.sampled_from(["$h", "$i", "2"])),
)


def seen_by_duckdb(sql: str) -> set[str]:
    try:
        return set[str]().union(*(statement.named_parameters for statement in duckdb.extract_statements(sql)))
    except duckdb.Error:
        reject()


@settings(deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=8))
def test_parameters_are_those_that_duckdb_sees(values: list[str]) -> None:
    sql = "select " + ", ".join(values)
    assert set(catalog.parameters_used(sql)) == seen_by_duckdb(sql)


@settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=50, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join))
def test_parameters_of_odd_statements(tail: str) -> None:
    sql = f"select 1 {tail}"
    assert set(catalog.parameters_used(sql)) == seen_by_duckdb(sql)


@settings(deadline=None)
@given(st.text(alphabet="$ab'\"-/*;\n\\eE ", max_size=40))
def test_any_text_is_read_to_its_end(sql: str) -> None:
    names = catalog.parameters_used(sql)
    assert len(names) == len(set(names))
    assert all(f"${name}" in sql.replace(" ", "").replace("\n", "") for name in names)
