-- Functions of jsonb over DuckDB's JSON. They return the canonical form: equal documents are equal strings, without blanks, with
-- the keys ordered by length and then by bytes, and with only the last of equal keys.

-- Returns the JSON path to a key that is known only at run time. DuckDB has no JSON path for the empty key: for this key, the
-- macro returns the JSON pointer `/`.
create or replace macro pg_path(key) as
    case when key = '' then '/' else '$."' || replace(replace(key, '\', '\\'), '"', '\"') || '"' end;

-- Returns the element at a position. A scalar document counts as an array of one element.
create or replace macro pg_element(document, position) as
    case when json_type(document) in ('ARRAY', 'OBJECT') then json_extract(document, position)
        when position in (0, -1) then document end;
create or replace macro pg_element_text(document, position) as
    case when json_type(document) in ('ARRAY', 'OBJECT') then pg_scalar_text(json_extract(document, position))
        when position in (0, -1) then json_extract_string(document, '$') end;

-- Prints canonical JSON as jsonb does: with a blank after each comma and colon outside strings. The pattern consumes a string as
-- one unit. Its last match is at the end of the text, and left() removes the blank that follows this match.
create or replace macro pg_json_with_blanks(json_text) as
    left(regexp_replace(json_text, '((?:[^",:]|"(?:[^"\\]|\\.)*")*(?:[,:]|$))', '\1 ', 'g'), -1);

create or replace macro pg_json_text(document) as
    case when json_type(document) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(cast(document as varchar))
    else cast(document as varchar) end;

-- Returns the result of ->>: strings without quotes, JSON null as NULL, arrays and objects as jsonb prints them.
create or replace macro pg_scalar_text(document) as
    case when json_type(document) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(cast(document as varchar))
    else json_extract_string(document, '$') end;

create or replace macro pg_get_text(document, path) as
    case when json_type(document, path) in ('ARRAY', 'OBJECT') then pg_json_with_blanks(json_extract_string(document, path))
    else json_extract_string(document, path) end;

-- DuckDB prints 1.0, inf and nan. PostgreSQL prints 1, Infinity and NaN.
create or replace macro pg_float_text(number) as
    case
        when isnan(number) then 'NaN'
        when isinf(number) then case when number > 0 then 'Infinity' else '-Infinity' end
        else regexp_replace(cast(number as varchar), '\.0$', '')
    end;

-- Returns a value as text. Its type is known only at run time.
create or replace macro pg_text(value) as
    case
        when typeof(value) = 'JSON' then pg_json_text(try_cast(cast(value as varchar) as json))
        when typeof(value) in ('DOUBLE', 'FLOAT') then pg_float_text(try_cast(cast(value as varchar) as double))
        when typeof(value) = 'INTERVAL' or typeof(value) like 'STRUCT%' or typeof(value) like '%[]' then error(
            'The text of this ' || lower(regexp_replace(typeof(value), '[( ].*', ''))
            || ' is not known to be the one that PostgreSQL prints: cast the value to its type first, such as x::interval::text.')
        else cast(value as varchar)
    end;

-- Returns the parts of an array or object as structs:
--   place: the position
--   lead: the text before the value
--   value: the value
create or replace macro pg_parts(document) as
    case json_type(document)
        when 'OBJECT' then list_transform(
            list_sort(list_transform(list_distinct(json_keys(document)), lambda key_: {'size': strlen(key_), 'name': key_})),
            lambda element_, position_: {
                'place': position_,
                'lead': case when position_ > 1 then ',' else '' end || cast(to_json(element_.name) as varchar) || ':',
                'value': cast(json_extract(document, '$.*') as json[])[-list_position(list_reverse(json_keys(document)), element_.name)]
            }
        )
        when 'ARRAY' then list_transform(
            cast(json_extract(document, '$[*]') as json[]),
            lambda item_, position_: {'place': position_, 'lead': case when position_ > 1 then ',' else '' end, 'value': item_}
        )
    end;

-- Returns JSON or text in the canonical form. Text that is not JSON is an error.
create or replace macro pg_jsonb(document) as cast((
    with recursive walk_ as (
        select '' as place, '' as lead, cast(json(cast(document as varchar)) as json) as value
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

-- Returns a string that spells equal numbers alike: 1 for 1.0, and 2.5 for 2.50. The patterns match strings first and keep them,
-- so the digits in strings do not change.
create or replace macro pg_json_key(document) as
    case when regexp_matches(cast(document as varchar), '\.\d*0') then
        regexp_replace(
            regexp_replace(cast(document as varchar), '("(?:[^"\\]|\\.)*")|\.0+\b', '\1', 'g'),
            '("(?:[^"\\]|\\.)*")|(\.\d*[1-9])0+\b', '\1\2', 'g'
        )
    else cast(document as varchar) end;

-- Casts JSON to numbers and booleans. JSON null becomes NULL, as in PostgreSQL 18. Any other value is an error.
create or replace macro pg_json_int(document) as
    case
        when json_type(document) in ('BIGINT', 'UBIGINT', 'HUGEINT') then cast(json_extract_string(document, '$') as bigint)
        when json_type(document) = 'DOUBLE' then cast(round(try_cast(json_extract_string(document, '$') as double)) as bigint)
        when json_type(document) <> 'NULL' then pg_json_cast_error(document, 'a number')
    end;
create or replace macro pg_json_number(document) as
    case when json_type(document) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE')
        then try_cast(json_extract_string(document, '$') as double)
        when json_type(document) <> 'NULL' then pg_json_cast_error(document, 'a number') end;
create or replace macro pg_json_boolean(document) as
    case when json_type(document) = 'BOOLEAN' then try_cast(json_extract_string(document, '$') as boolean)
        when json_type(document) <> 'NULL' then pg_json_cast_error(document, 'a boolean') end;
create or replace macro pg_json_cast_error(document, kind) as
    error('A JSON value that is not ' || kind || ' is cast to one: ' || left(cast(document as varchar), 60)
        || '. Read it as text with ->> first.');

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

-- Steampipe's glob() returns a LIKE pattern. DuckDB's glob() lists files.
create or replace macro pg_glob(pattern) as replace(replace(pattern, '*', '%'), '?', '_');

-- Returns the members of an object as structs of key and value.
create or replace macro pg_each(document) as
    list_transform(json_keys(document), lambda key_, position_: {
        'key': key_, 'value': cast(json_extract(document, '$.*') as json[])[position_]
    });
create or replace macro pg_each_text(document) as
    list_transform(json_keys(document), lambda key_, position_: {
        'key': key_, 'value': pg_scalar_text(cast(json_extract(document, '$.*') as json[])[position_])
    });

-- Formats a time as in JSON: 2024-01-31T12:00:00+00:00.
create or replace macro pg_iso_time(time_text) as regexp_replace(replace(time_text, ' ', 'T'), '([+-]\d\d)$', '\1:00');

-- Returns NULL for a document that is not an array. PostgreSQL raises an error.
create or replace macro pg_json_length(document) as case when json_type(document) = 'ARRAY' then json_array_length(document) end;
create or replace macro pg_json_typeof(document) as
    case json_type(document)
        when 'VARCHAR' then 'string'
        when 'BIGINT' then 'number'
        when 'UBIGINT' then 'number'
        when 'HUGEINT' then 'number'
        when 'DOUBLE' then 'number'
        else lower(json_type(document))
    end;

-- Prints JSON over several lines with four blanks for each level, as jsonb_pretty does.
create or replace macro pg_json_pretty(document) as (
    with recursive walk_ as (
        select '' as place, 0 as depth, '' as lead, cast(document as json) as value
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

-- Casts text to integers and booleans. DuckDB and PostgreSQL accept different spellings.
create or replace macro pg_text_int(string) as
    case when regexp_full_match(string, '\s*[+-]?\d+\s*') then trim(string)
        when string is not null then error('invalid input syntax for type integer: ' || left(string, 60)) end;

create or replace macro pg_text_boolean(string) as
    case when lower(trim(string)) in ('t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1') then true
        when lower(trim(string)) in ('f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0') then false
        when string is not null then error('invalid input syntax for type boolean: ' || left(string, 60)) end
