"""A query whose macros are inlined returns in DuckDB, without macros, what it returns with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import pytest

from iamsql.lake.engines.inline.errors import InlineError
from iamsql.lake.engines.inline.expand import Definitions, inline
from iamsql.lake.engines.inline.grammar import to_duckdb_text

TABLES = """
create table person as select * from (values (1, 'ada', [3, 1]), (2, 'bob', [5]), (3, 'eve', null)) as v(id, name, numbers);
create table event as select * from (
    values (1, timestamp '2026-01-01 00:00:00', 'b', '{"a": {"b": 7}}'::json),
        (1, timestamp '2026-01-01 00:00:00', 'a', '{"a": {"b": 8}}'::json),
        (2, timestamp '2026-01-01 00:20:00', 'c', '{"a": null}'::json)
) as v(person, time, id, body);
create schema other;
create table other.event as select 9 as person;
"""
MACROS = (
    "create or replace macro add(a, b := 10) as a + b",
    "create macro twice(a) as a * 2",
    "create macro quad(a) as twice(twice(a))",
    "create macro label(text, n) as {'text': text, 'number': n}",
    "create macro label_if(condition, text) as label(case when condition then text else 'none' end, twice(len(text)))",
    "create macro doubled(list) as [x_ * 2 for x_ in list if x_ > 1]",
    "create macro grid(list) as [[x_ * y_ for y_ in list] for x_ in list]",
    "create macro bound(a) as [b_ + b_ for b_ in [a]][1]",
    "create macro plus(a, list) as [x_ + a for x_ in list]",
    "create macro shadow(list) as [list + 1 for list in list]",
    "create macro first_of(call) as arg_min(call, {'time': call.time, 'id': call.id})",
    "create macro start(key, time, id) as case when time <= lag(time) over (partition by key order by time, id)"
    " + interval '1 minute' then 0 else 1 end",
    "create macro how_many(who) as (select count(*) from event as e where e.person = who)",
    "create macro member(value) as json_extract_string(value, '$.a.b')",
    "create macro people() as table select p.id, p.name from person as p",
    "create macro named(wanted, least := 0) as table with hits as (select * from people() as p where p.name = wanted)"
    " select h.id, h.name from hits as h where h.id > least",
    "create macro more(rows) as table with hits as (select unnest(rows) as hit) select h.hit from hits as h",
    "create macro pairs() as table with hits as materialized (select * from people()) select a.id as one, b.id as two"
    " from hits as a join hits as b on a.id < b.id",
    "create macro downto(top) as table with recursive steps as (select top as step union all"
    " select s.step - 1 from steps as s where s.step > 1) select step from steps",
    "create macro events_of(who) as table select e.id from event as e where e.person = who",
)
VIEWS = {"call": "select v.*, how_many(v.person) as calls from event as v"}
QUERIES = (
    # positional and named arguments, defaults, nested calls
    "select add(1), add(1, 2), add(1, b := 3), add(b := 3, a := 4) * 2, 2 * add(1, 2), quad(3), twice(1 + 1), -twice(1) order by 1",
    "select p.id, twice(p.id) + add(p.id, p.id) from person as p order by 1",
    # structures and their members
    "select p.id, unnest(label_if(p.id > 1, p.name)) from person as p order by 1",
    "select unnest(case when p.id > 1 then label('x', 1) else label(p.name, add(p.id)) end), p.id from person as p order by p.id",
    "select label(p.name, 3).text, (label_if(true, p.name)).number from person as p order by all",
    # list comprehensions, and variables of the caller in arguments
    "select p.id, doubled(p.numbers), grid(p.numbers), bound(p.id), shadow(p.numbers) from person as p order by 1",
    "select [doubled([x_, x_ + 1]) for x_ in [1, 2]], [bound(b_) for b_ in [1, 2]], grid(grid([1, 2])[2])",
    "select [[bound(x_ + y_) for y_ in doubled([x_, 3])] for x_ in [1, 2]], [[x_ for x_ in [x_]] for x_ in doubled([2])]",
    # aggregates and windows
    "select e.person, first_of(e).id, first_of(e).body from event as e group by e.person order by 1",
    "select s.person, sum(s.is_start) over (order by s.time, s.id) as burst from"
    " (select e.*, start([e.person], e.time, e.id) as is_start from event as e) as s order by all",
    "select count(*) filter (where twice(e.person) > 2), sum(twice(e.person)) over (partition by member(e.body) order by e.id)"
    " from event as e group by e.person, e.body, e.id order by all",
    # correlated subqueries
    "select v.id, how_many(v.person), how_many(person) from event as v order by 1",
    "select how_many(id), how_many(twice(id)) from person order by all",
    "select p.id from person as p where how_many(p.id) = add(1, b := 1) order by twice(p.id) desc",
    "select member(e.body) || 'x', member(e.body) is null from event as e order by e.id",
    # table macros: shared, with CTEs, in joins, over rows of the caller
    "select * from people() as a join people() as b on a.id = b.id left join people() as c on c.id = a.id order by all",
    "select * from named('ada') union all select * from named('bob', least := 1) order by 1",
    "with hits as (select 5 as id) select h.id, n.name from hits as h cross join named('ada') as n",
    "with own as (select p.numbers as id from person as p) select m.hit from more((select list(o.id) from own as o)) as m"
    " order by 1",
    "select * from pairs() order by all",
    "select d.step, e.id from downto(twice(2)) as d(step), people() as e order by all",
    "select p.id, e.id from person as p, lateral (select * from events_of(p.id)) as e order by all",
    "select p.name, (select max(e.id) from events_of(p.id) as e) from person as p order by all",
    "select count(*) from more([1, 2]) where exists (select 1 from people() as p where p.id = hit)",
    # views
    "select c.id, c.calls from call as c join call on call.id = c.id order by all",
    "with call as (select 1 as id) select * from call",
    "with a as (select id from call), call as (select c.id, 2 as n from call as c) select * from call join a using (id) order by 1",
    "select call.id, person from main.call order by all",
    "select e.person from other.event as e",
    # parameters of the query
    "select p.id from person as p where p.name = $name and p.id > add($least) and $nothing is null",
    "select $list, $flag, $at, $day, twice($least), $name",
)
VALUES = {
    **{"name": "o'b", "least": -10, "nothing": None, "list": ["a", "b"], "flag": True},
    **{"at": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "day": date(2026, 1, 2)},
}


@pytest.fixture(scope="module")
def databases() -> Iterator[tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]]:
    """Yield a database with the macros and views, and one with the tables only."""
    full, plain = duckdb.connect(), duckdb.connect()
    for connection in (full, plain):
        connection.execute(TABLES)
    for macro in MACROS:
        full.execute(macro)
    for name, view in VIEWS.items():
        full.execute(f"create view {name} as {view}")
    yield full, plain
    full.close()
    plain.close()


def definitions() -> Definitions:
    """Return the macros and views of the tests."""
    return Definitions({macro.partition("(")[0].split()[-1]: macro for macro in MACROS}, VIEWS)


def text_of(sql: str, max_nodes: int = 100_000) -> str:
    """Return a query without macros."""
    return to_duckdb_text(inline(sql, definitions(), VALUES, max_nodes))


@pytest.mark.parametrize("sql", QUERIES)
def test_same_rows(sql: str, databases: tuple[duckdb.DuckDBPyConnection, duckdb.DuckDBPyConnection]) -> None:
    full, plain = databases
    parameters = {name: value for name, value in VALUES.items() if f"${name}" in sql}
    expected, actual = full.execute(sql, parameters), plain.execute(text_of(sql))
    assert actual.fetchall() == expected.fetchall()


def test_equal_calls_share_a_cte() -> None:
    text = text_of(
        "select * from named('ada') as a, named('ada') as b, named(wanted := 'ada', least := 0) as c, named('bob') as d"
    )
    assert text.count("WHERE p.name = 'ada'") == 1
    assert text.count("WHERE p.name = 'bob'") == 1
    assert text.count("FROM person AS p") == 1


def test_a_call_with_columns_of_the_query_stays_in_place() -> None:
    assert text_of("select * from person as p, lateral events_of(p.id) as e").startswith("SELECT")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("select add()", "add lacks the argument a"),
        ("select add(1, 2, 3)", "add does not accept these arguments"),
        ("select add(1, c := 2)", "add does not accept these arguments"),
        ("select $missing", "no value for $missing"),
        ("select 1; select 2", "not one query"),
        ("drop table person", "not one query"),
        (
            "with event as (select 1 as person) select how_many(2) from event",
            "the CTE event has the name of a table that how_many reads",
        ),
        ("select how_many(e.person) from event as e", "an argument uses the name e, which the macro defines"),
        ("select [plus(x_, [10]) for x_ in [1]]", "an argument uses the name x_, which the macro defines"),
        ("select list_transform([1], lambda y_: plus(y_, [10]))", ""),
        ("select how_many(id) from person, other.event", "the column id in an argument needs the name of its table"),
        (
            "with hits as (select 1 as id) select * from more((select list(h.id) from hits as h))",
            "an argument reads hits, which more defines",
        ),
    ],
)
def test_refused(sql: str, reason: str) -> None:
    if not reason:
        assert text_of(sql)
        return
    with pytest.raises(InlineError) as refused:
        text_of(sql)
    assert refused.value.reason == reason


def test_too_large() -> None:
    sql = "select " + "twice(" * 12 + "bound(1)" + ")" * 12
    assert text_of(sql)
    with pytest.raises(InlineError, match="too large"):
        text_of(sql, 30)


def test_explosion_ends_early() -> None:
    sql = "select " + "both(" * 20 + "1" + ")" * 20
    with pytest.raises(InlineError, match="too large"):
        inline(sql, Definitions({"both": "create macro both(a) as a + a"}), max_nodes=2_000)


def test_recursive_macro() -> None:
    with pytest.raises(InlineError, match="endless uses itself"):
        inline("select endless(1)", Definitions({"endless": "create macro endless(a) as endless(a) + 1"}))
