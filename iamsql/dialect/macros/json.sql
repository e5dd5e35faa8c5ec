-- Functions of jsonb over DuckDB's JSON. Their results have the canonical spelling, where equal documents are equal strings:
-- without blanks, the keys ordered by length and then by bytes, and only the last of equal keys.

-- The path to the member of a key that is known at run time. The JSON pointer / is the member of the empty key, for which
-- DuckDB has no JSON path.
create or replace macro pg_path(k) as
    case when k = '' then '/' else '$."' || replace(replace(k, '\', '\\'), '"', '\"') || '"' end;

-- The element at a position; a scalar document is an array of one element.
create or replace macro pg_element(x, place) as
    case when json_type(x) in ('ARRAY', 'OBJECT') then json_extract(x, place) when place in (0, -1) then x end;
create or replace macro pg_element_text(x, place) as
    case when json_type(x) in ('ARRAY', 'OBJECT') then pg_scalar_text(json_extract(x, place))
        when place in (0, -1) then json_extract_string(x, '$') end;

-- Canonical JSON as jsonb prints it, with a blank after each comma and colon outside of strings. The pattern consumes strings
-- as units, and ends with a match at the end of the text, after which left() removes the blank.
create or replace macro pg_json_with_blanks(t) as
    left(regexp_replace(t, '((?:[^",:]|"(?:[^"\\]|\\.)*")*(?:[,:]|$))', '\1 ', 'g'), -1);

create or replace macro pg_json_text(x) as
    case when json_type(x) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(cast(x as varchar)) else cast(x as varchar) end;

-- The result of ->>: strings without quotes, JSON null as NULL, arrays and objects as jsonb prints them.
create or replace macro pg_scalar_text(x) as
    case when json_type(x) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(cast(x as varchar)) else json_extract_string(x, '$') end;

create or replace macro pg_get_text(x, p) as
    case when json_type(x, p) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(json_extract_string(x, p))
    else json_extract_string(x, p) end;

-- DuckDB prints 1.0, inf and nan.
create or replace macro pg_float_text(x) as
    case
        when isnan(x) then 'NaN'
        when isinf(x) then case when x > 0 then 'Infinity' else '-Infinity' end
        else regexp_replace(cast(x as varchar), '\.0$', '')
    end;

-- The text of a value whose type is known to DuckDB only.
create or replace macro pg_text(x) as
    case
        when typeof(x) = 'JSON' then pg_json_text(try_cast(cast(x as varchar) as json))
        when typeof(x) in ('DOUBLE', 'FLOAT') then pg_float_text(try_cast(cast(x as varchar) as double))
        when typeof(x) = 'INTERVAL' or typeof(x) like 'STRUCT%' or typeof(x) like '%[]' then error(
            'The text of this ' || lower(regexp_replace(typeof(x), '[( ].*', ''))
            || ' is not known to be the one that PostgreSQL prints: cast the value to its type first, such as x::interval::text.')
        else cast(x as varchar)
    end;

-- The parts of an array or object: their position, the text before each, and the values.
create or replace macro pg_parts(x) as
    case json_type(x)
        when 'OBJECT' then list_transform(
            list_sort(list_transform(list_distinct(json_keys(x)), lambda key_: {'size': strlen(key_), 'name': key_})),
            lambda element_, position_: {
                'place': position_,
                'lead': case when position_ > 1 then ',' else '' end || cast(to_json(element_.name) as varchar) || ':',
                'value': cast(json_extract(x, '$.*') as json[])[-list_position(list_reverse(json_keys(x)), element_.name)]
            }
        )
        when 'ARRAY' then list_transform(
            cast(json_extract(x, '$[*]') as json[]),
            lambda item_, position_: {'place': position_, 'lead': case when position_ > 1 then ',' else '' end, 'value': item_}
        )
    end;

-- JSON or text in the canonical spelling; text that is not JSON is an error.
create or replace macro pg_jsonb(x) as cast((
    with recursive walk_ as (
        select '' as place, '' as lead, cast(json(cast(x as varchar)) as json) as value
        union all
        select walk_.place || lpad(cast(part_.place as varchar), 7, '0'), part_.lead, part_.value
        from walk_, lateral (select unnest(pg_parts(walk_.value), recursive := true)) as part_
    )
    select string_agg(piece, '' order by place) from (
        select place, lead || case json_type(value) when 'ARRAY' then '[' when 'OBJECT' then '{' else cast(value as varchar) end
            as piece
        from walk_
        union all
        select place || '~', case json_type(value) when 'ARRAY' then ']' else '}' end
        from walk_ where json_type(value) in ('ARRAY', 'OBJECT')
    )
) as json);

-- A text where equal numbers have the same spelling: 1 for 1.0, and 2.5 for 2.50. The patterns match strings first and keep
-- them, so digits inside of strings do not change.
create or replace macro pg_json_key(x) as
    case when regexp_matches(cast(x as varchar), '\.\d*0') then
        regexp_replace(
            regexp_replace(cast(x as varchar), '("(?:[^"\\]|\\.)*")|\.0+\b', '\1', 'g'),
            '("(?:[^"\\]|\\.)*")|(\.\d*[1-9])0+\b', '\1\2', 'g'
        )
    else cast(x as varchar) end;

-- Casts of JSON to numbers and booleans: JSON null gives NULL (as in PostgreSQL 18), any other value is an error.
create or replace macro pg_json_int(x) as
    case
        when json_type(x) in ('BIGINT', 'UBIGINT', 'HUGEINT') then cast(json_extract_string(x, '$') as bigint)
        when json_type(x) = 'DOUBLE' then cast(round(try_cast(json_extract_string(x, '$') as double)) as bigint)
        when json_type(x) <> 'NULL' then pg_json_cast_error(x, 'a number')
    end;
create or replace macro pg_json_number(x) as
    case when json_type(x) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') then try_cast(json_extract_string(x, '$') as double)
        when json_type(x) <> 'NULL' then pg_json_cast_error(x, 'a number') end;
create or replace macro pg_json_boolean(x) as
    case when json_type(x) = 'BOOLEAN' then try_cast(json_extract_string(x, '$') as boolean)
        when json_type(x) <> 'NULL' then pg_json_cast_error(x, 'a boolean') end;
create or replace macro pg_json_cast_error(x, kind) as
    error('A JSON value that is not ' || kind || ' is cast to one: ' || left(cast(x as varchar), 60)
        || '. Read it as text with ->> first.');

-- The keys that ? tests: the keys of an object, the strings of an array, or a string itself.
create or replace macro pg_top_keys(x) as
    case json_type(x)
        when 'OBJECT' then json_keys(x)
        when 'ARRAY' then list_transform(
            list_filter(cast(json_extract(x, '$[*]') as json[]), lambda top_: json_type(top_) = 'VARCHAR'),
            lambda top_: json_extract_string(top_, '$')
        )
        when 'VARCHAR' then [json_extract_string(x, '$')]
        else case when x is not null then cast([] as varchar[]) end
    end;
create or replace macro pg_has_key(x, k) as case when k is not null then list_contains(pg_top_keys(x), k) end;
create or replace macro pg_has_any(x, ks) as list_has_any(pg_top_keys(x), cast(ks as varchar[]));
-- A NULL key is ignored.
create or replace macro pg_has_all(x, ks) as
    list_has_all(pg_top_keys(x), list_filter(cast(ks as varchar[]), lambda inner_: inner_ is not null));

-- ANY and ALL over booleans, with three-valued logic.
create or replace macro pg_any(booleans) as
    case
        when booleans is null then null
        when list_contains(booleans, true) then true
        when len(list_filter(booleans, lambda boolean_: boolean_ is null)) > 0 then null
        else false
    end;
create or replace macro pg_all(booleans) as
    case
        when booleans is null then null
        when list_contains(booleans, false) then false
        when len(list_filter(booleans, lambda boolean_: boolean_ is null)) > 0 then null
        else true
    end;

-- glob() of Steampipe returns a pattern of LIKE; glob() of DuckDB lists files.
create or replace macro pg_glob(x) as replace(replace(x, '*', '%'), '?', '_');

-- The members of an object as structs of key and value.
create or replace macro pg_each(x) as
    list_transform(json_keys(x), lambda key_, position_: {'key': key_, 'value': cast(json_extract(x, '$.*') as json[])[position_]});
create or replace macro pg_each_text(x) as
    list_transform(json_keys(x), lambda key_, position_: {
        'key': key_, 'value': pg_scalar_text(cast(json_extract(x, '$.*') as json[])[position_])
    });

-- A time as in JSON: 2024-01-31T12:00:00+00:00.
create or replace macro pg_iso_time(t) as regexp_replace(replace(t, ' ', 'T'), '([+-]\d\d)$', '\1:00');

-- The length of a document that is not an array is NULL, where PostgreSQL has an error.
create or replace macro pg_json_length(x) as case when json_type(x) = 'ARRAY' then json_array_length(x) end;
create or replace macro pg_json_typeof(x) as
    case json_type(x)
        when 'VARCHAR' then 'string'
        when 'BIGINT' then 'number'
        when 'UBIGINT' then 'number'
        when 'HUGEINT' then 'number'
        when 'DOUBLE' then 'number'
        else lower(json_type(x))
    end;

-- JSON over several lines, four blanks a level, as jsonb_pretty prints it.
create or replace macro pg_json_pretty(x) as (
    with recursive walk_ as (
        select '' as place, 0 as depth, '' as lead, cast(x as json) as value
        union all
        select walk_.place || lpad(cast(part_.place as varchar), 7, '0'), walk_.depth + 1,
            case when part_.place > 1 then ',' else '' end || chr(10) || repeat('    ', walk_.depth + 1)
            || case when json_type(walk_.value) = 'OBJECT' then ltrim(part_.lead, ',')[:-2] || ': ' else '' end,
            part_.value
        from walk_, lateral (select unnest(pg_parts(walk_.value), recursive := true)) as part_
    )
    select string_agg(piece, '' order by place) from (
        select place, lead || case json_type(value) when 'ARRAY' then '[' when 'OBJECT' then '{' else cast(value as varchar) end
            as piece
        from walk_
        union all
        select place || '~', chr(10) || repeat('    ', depth) || case json_type(value) when 'ARRAY' then ']' else '}' end
        from walk_ where json_type(value) in ('ARRAY', 'OBJECT')
    )
);

-- Casts of text to integers and booleans, where DuckDB accepts different spellings from PostgreSQL.
create or replace macro pg_text_int(x) as
    case when regexp_full_match(x, '\s*[+-]?\d+\s*') then trim(x)
        when x is not null then error('invalid input syntax for type integer: ' || left(x, 60)) end;

create or replace macro pg_text_boolean(x) as
    case when lower(trim(x)) in ('t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1') then true
        when lower(trim(x)) in ('f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0') then false
        when x is not null then error('invalid input syntax for type boolean: ' || left(x, 60)) end
