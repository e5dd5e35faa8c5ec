"""Expressions of each family of rules over the rows of a table, whose values DuckDB and a Spark server must agree on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COLUMNS: Mapping[str, str] = {
    "k": "INTEGER",
    "s": "VARCHAR",
    "n": "BIGINT",
    "d": "DOUBLE",
    "b": "BOOLEAN",
    "ts": "TIMESTAMP",
    "tz": "TIMESTAMP WITH TIME ZONE",
    "j": "JSON",
    "l": "VARCHAR[]",
}
ROWS = """
    (1, 'Alice', 7, 1.5, true, timestamp '2026-03-01 10:11:12.5', timestamptz '2026-03-01 23:59:59+00',
     '{"a": {"b": ["x", "y"], "t": "1", "n": null}, "s": "[1]", "o": "{}", "f": false, "i": -3, "d": 2.50, "A": 1}'::json,
     ['b', null, 'a', 'b']),
    (2, 'a.b%c_d\\\\e''f"g', -7, -0.5, false, timestamp '2025-12-31 23:59:59', timestamptz '2026-01-01 00:00:00+00',
     '{"a": {"b": []}, "s": "say \\"hi\\"\\n\\u00e9", "o": {"p": 1, "q": [true, null]}, "l": [{"m": "1"}, {"m": null}, {}]}'::json,
     []),
    (3, '', 0, 0, null, timestamp '2024-02-29 00:00:00', timestamptz '2024-02-29 12:00:00+00', '[]'::json, ['%', '_', '\\']),
    (4, E'line\\nbreak\\r', 9007199254740993, 12345.678, true, null, null, 'null'::json, [null]),
    (5, null, null, null, null, null, null, null, null),
    (6, 'true', 42, 2.345, false, timestamp '2026-03-29 01:30:00', timestamptz '2026-10-25 01:30:00+00',
     '{"a": "text", "s": "true", "o": [1], "l": ["1", 1, "x"], "k": {"": 1}}'::json, ['é', 'Z', 'a', '😀'])
"""
FAMILIES: Mapping[str, Sequence[str]] = {
    "json": (
        "[json_extract_string(j, concat('$.', x_)) for x_ in ['s', 'f', 'i', 'zz']]",
        "json_extract_string(j, concat('$.a.', 't'))",
        "j ->> '$.a.b'", "j ->> '$.s'", "j ->> '$.o'", "j ->> '$.d'", "j ->> '$.a.n'", "j ->> '$.missing.x'",
        "j ->> '$'", "cast(json_extract(j, '$.s') as varchar)", "cast(json_extract(j, '$.o') as varchar)",
        "cast(json_extract(j, '$.a.n') as varchar)", "(json_extract(j, '$.a.n')) is null",
        "(json_extract(j, '$.zz')) is null", "nullif(json_extract(j, '$.a.n'), 'null')",
        "nullif(json_extract(j, '$.s'), 'null')", 'cast(j as varchar)', 'json_type(j)', "json_type(j, '$.a')",
        "json_type(j, '$.s')", "json_type(j, '$.o')", "json_type(j, '$.a.n')", "json_type(j, '$.i')",
        "json_type(j, '$.d')", "json_type(j, '$.f')", 'json_array_length(j)', "json_array_length(j, '$.o')",
        "json_array_length(json_extract(j, '$.a.b'))", 'json_keys(j)', "json_keys(j, '$.o')",
        "json_keys(j, '$.a')", "json_keys(j, '$.a.b')", "json_keys(j, '$.a.n')", "json_keys(j, '$.k')", "json_keys(j, '$.zz')",
        "json_keys(json_object('z', n, 'a', b, 'Z', j, 'n', null))", "list_contains(json_keys(j), 'a')",
        """json_keys('{"a.b": 1, "c\\"d": [2], "e''f": {"a": 1}, "/~": null, "": true, "$": 1.5, "é": 1, "n\\n": 1}'::json)""",
        "json_exists(j, '$.a.n')", "json_exists(j, '$.zz')", "json_extract_string(j, '$.l[*].m')",
        "json_extract_string(j, '$.a.b[*]')", "json_extract_string(j, '$.l[*]')", "j ->> '$.a.b[0]'",
        "j ->> '$.l[1].m'", "cast(json_extract(j, '$.a.b') as varchar[])", 'try_cast(s as json)', 'to_json(l)',
        'to_json(s)', "json_object('k', n, 's', s, 'j', j)", 'json_array(s, n)', "cast(j ->> '$.i' as integer)",
        "(json_extract(j, '$.a')) = (json_extract(j, '$.a'))",
    ),
    "lists": (
        'list_sort(l)', 'list_sort(list_distinct(l))', "list_contains(l, 'a')", "list_contains(l, 'zz')",
        'list_contains(l, s)', "list_position(l, 'b')", 'len(l)', 'l[1]', 'l[-1]', 'l[5]', 'l[2:3]', 'l[:1]',
        'list_reverse(l)', "array_to_string(l, ',')", "list_aggr(l, 'string_agg', '; ')",
        "[upper(x_) for x_ in l if x_ <> 'b']", '[len([y_ for y_ in l if y_ = x_]) for x_ in l]',
        "flatten([l, null, ['q']])", "list_concat(l, ['q'])", 'list_concat(l, null)', "l || ['q']",
        "list_append(l, 'q')", "[s, 'x']", 'range(1, 3)', 'range(1, n % 3)', "string_split(s, '.')",
        "string_split(s, '\\')", "list_sort([{'size': strlen(x_), 'name': x_} for x_ in l if x_ <> ''])[1].name",
    ),
    "texts": (
        'concat(s, n, d, b, ts, tz)', 's || n', 's || null', "concat_ws(', ', s, null, n)", 'lower(s)', 'upper(s)',
        'length(s)', 'strlen(s)', 'left(s, 3)', 'right(s, 2)', 'substring(s, 2)', 'substring(s, 2, 3)',
        "replace(s, '\\', '/')", "repeat(s, 2)", "repeat('x', length(s) - 3)", 'trim(s)', "rtrim(s, 'e')", 'trim(s, \'Ag"\')',
        "split_part(s, '.', 2)",
        "split_part(s, '.', -1)", "starts_with(s, 'A')", "ends_with(s, 'e')", "contains(s, '%')", 'md5(s)', "s < 'a'",
        "s = 'alice'", "rpad(s, 8, '0')", "url_decode('%7Ba%2Fb')",
    ),
    "patterns": (
        "s like 'A%'", "s not like 'A%'", "s like '%e'", "s like '%b\\%c%'", "s like '%b\\%c%' escape '\\'",
        "s like 'a_b%'", "s like '%'", "s like ''", "s like 'true'", "s like '%line%break%'", "'x%y' like s",
        "s like concat('%', s, '%')", "regexp_matches(s, '^[a-z]+$')", "regexp_matches(s, '\\d|\\w')",
        "regexp_matches(s, 'ALICE', 'i')", "regexp_matches(s, 'line.break')", "regexp_matches(s, 'e$')",
        "regexp_full_match(s, '[A-Za-z]+')", "regexp_full_match(s, 'a|Alice')", "regexp_extract(s, '[a-z]+')",
        "regexp_extract(s, '([a-z])([a-z])', 2)", "regexp_extract_all(s, '[a-z]')",
        "regexp_replace(s, '[a-z]', '-', 'g')", "regexp_replace(s, '^[A-Z]', '-')", "regexp_matches(s, '[\\s.]')",
        'regexp_matches(s, \'"|\'\'\')',
    ),
    "times": (
        "ts + interval '1' day", "ts - 3 * interval '1 hour'", 'tz - to_days(n % 5)',
        "ts - timestamp '2026-01-01 00:00:00' > interval '1 day'", 'epoch(ts)', 'extract(epoch from tz)',
        "date_trunc('hour', ts)", "date_trunc('month', tz)", "date_trunc('day', cast(ts as date))",
        "date_diff('minute', timestamp '2026-01-01 00:00:59', ts)",
        "date_diff('day', timestamp '2024-03-01 12:00:00', ts)", "strftime(ts, '%Y-%m-%d %H:%M:%S')",
        "ts at time zone 'UTC'", "tz at time zone 'UTC'", 'cast(ts as date)', 'cast(ts as varchar)',
        'cast(tz as varchar)', 'cast(cast(ts as date) as varchar)', "cast('2026-01-02 03:04:05' as timestamp)",
        "try_cast('2026-01-02T03:04:05Z' as timestamptz)", 'try_cast(s as timestamp)',
        "cast(ts as date) - date '2026-01-01'", "ts < tz at time zone 'UTC'", 'epoch_ms(ts)', "ts > '2026-01-01'",
    ),
    "numbers": (
        'n / 2', 'n // 2', 'n % 3', 'n / 0', '-n', 'abs(n)', 'round(d, 2)', 'round(d)', 'floor(d)', 'd * 2 + n',
        'n * 1.5', 'cast(d as bigint)', 'try_cast(s as integer)', "try_cast('1.5' as integer)", 'cast(n as varchar)',
        'cast(d as varchar)', 'cast(b as varchar)', 'try_cast(s as boolean)', 'greatest(n, 3, null)', 'least(d, 1)',
        'n between 0 and 10', 'n in (7, null)', 'n not in (7, 8)', 'n is distinct from 7',
        'b is not distinct from null', 'coalesce(n, 0)', 'nullif(n, 7)', 'case when b then 1 when not b then 2 end',
        "case n when 7 then 'seven' else s end", 'b is true', 'not b', 'b and n > 0', 'b or null', '1e3 + d',
        "n = '7'", "{'x': n, 'y': s}.y", "{'x': n, 'y': {'z': l}}",
    ),
}  # fmt: skip
AGGREGATES: Sequence[str] = (
    'count(*)', 'count(n)', 'count(distinct b)', 'sum(n)', 'sum(d)', 'avg(k)', 'min(s)', 'max(ts)', 'bool_or(b)',
    'bool_and(b)', 'count(*) filter (where n > 0)', "string_agg(s, ', ' order by s)",
    "string_agg(distinct s, ', ' order by s)", "string_agg(s, ', ' order by k desc)", 'list(s order by k)',
    'list(n order by s, k)', 'arg_min(s, n)', "arg_max(s, {'n': n, 'k': k})", "arg_min(t, {'n': n, 'k': k}).s",
    'any_value(case when k = 3 then s end)', 'list(s order by k) filter (where k > 9)', 'max(s) filter (where b)',
    "concat(count(*), ' rows')",
)  # fmt: skip
QUERIES: Sequence[str] = (
    "select * from t order by k",
    "select * exclude (j, l) replace (n + 1 as n) from t order by n desc, k",
    "select k, unnest(l) as x from t order by k, x",
    "select k, unnest(l) as x, unnest(range(3)) as y from t order by k, y, x",
    "select k, unnest({'a': n, 'b': s}) from t order by k",
    (
        "select k, unnest(case when n > 0 then {'status': 'ok', 'reason': s} else {'status': 'bad', "
        "'reason': null} end) from t order by k"
    ),
    "select t.k, u.x from t cross join unnest(t.l) as u(x) order by t.k, u.x",
    "select b, count(*) as c from t group by b order by c, b",
    "select b, s, count(*) as c from t group by all order by all",
    "select upper(s) as u, count(*) as c from t group by u having count(*) > 0 order by u",
    "select k, row_number() over (partition by b order by n desc, k) as r from t order by k",
    "select k from t qualify row_number() over (partition by b order by n, k) = 1 order by k",
    (
        "select k, lag(s) over (order by k) as p, sum(n) over (order by k rows between unbounded "
        "preceding and current row) as c from t order by k"
    ),
    "select k, count(*) filter (where n > 0) over (partition by b) as c from t order by k",
    "select k, sum(n) over w as c from t window w as (partition by b order by k) order by k",
    "select distinct b from t order by b",
    "select k as z from t where z > 2 order by -z limit 2",
    "select s from t order by n",
    "select a.k, c.s from t as a left join t as c on c.k = a.k + 1 order by a.k",
    "select k, c.s as s2 from t as a join t as c using (k) order by k",
    "select k from t as a where exists (select 1 from t as c where c.k = a.n) order by k",
    "select k from t as a where k in (select n from t) or k = 1 order by k",
    "select k, (select c.s from t as c where c.k = a.k + 1) as nxt from t as a order by k",
    "select k from t semi join (select 2 as k) as o using (k)",
    (
        "select k, null as x from t where k = 1 union all select 2, 'x' union all select k, s from t "
        "where k = 1 order by k, x"
    ),
    "select s from t union select upper(s) from t order by s",
    "select n from t except select 7 order by n",
    "with c as (select k, l from t), d(x, y) as (select k, len(l) from c) select x, y from d order by x",
    "select v.a, v.b from (values (1, 'x'), (2, null)) as v(a, b) order by v.a",
    "select r.i from range(1, 4) as r(i) order by r.i",
    (
        "select t.k from t where t.b is distinct from true and not exists (select 1 from t as o where "
        "o.k > t.k and o.b) order by 1"
    ),
)
REFUSED: Mapping[str, str] = {
    "select regexp_matches(s, '(?=x)') from t": "a group that is not known",
    "select regexp_matches(s, '\\bx') from t": "the escape \\b",
    "select regexp_matches('x', s) from t": "is not a literal",
    "select string_agg(s, ',') from t": "string_agg has no order",
    "select ts + interval '1 month' from t": "the unit month",
    "select ts at time zone 'Europe/Berlin' from t": "another time zone",
    "select unknown_function(s) from t": "unknown_function has no translation",
    "select now() from t": "reads the clock",
    "select k from t asof join t as o on t.ts >= o.ts": "ASOF JOIN",
    "select distinct on (b) k from t": "DISTINCT ON",
    "with recursive c as (select 1 as x union all select x + 1 from c where x < 3) select * from c": "recursive",
    "select s ilike s from t": "ILIKE",
    "select strftime(ts, '%j') from t": "%j",
    "select missing from t": "there is no column missing",
    "select k from nowhere": "the table nowhere is not known",
    "select quantile_cont(n, 0.5) from t": "has no translation",
    "select json_extract(j, s) from t": "a JSON path is not a literal",
    "select levenshtein(s, 'x') from t": "LEVENSHTEIN has no translation",
    "select java_method('java.lang.System', 'exit') from t": "the function java_method has no translation",
    "select k from t tablesample 1 rows": "no translation with sample",
    "select k from t where current_date > ts": "reads the clock",
    "select json_type(u.x) from (select unnest(json_extract(j, '$.l[*]')) as x from t) as u": (
        "the type of an element of a JSON array is used"
    ),
    "select [concat(x_, '') for x_ in json_extract(j, '$.l[*]')] from t": "an element of a JSON array is used as JSON",
    "select l || 1 from t": "is used as a list",
    "select len(d) from t": "the length of a value of the type double",
    "select count(*) from t group by rollup (b)": "ROLLUP has no translation",
    "select k, k from t union all by name select 1 as k": "BY NAME",
    "select case when b then s else missing end from t": "there is no column missing",
}
