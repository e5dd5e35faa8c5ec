-- Array functions with PostgreSQL's semantics: NULL elements are never contained, and an empty array has no length.
-- DuckDB substitutes the arguments of a macro. A lambda over a list of one struct binds them, so they are evaluated once.

create or replace macro pg_array_length(items, dimension) as
    case when dimension = 1 and len(items) > 0 then len(items)
        when dimension > 1 and typeof(items) like '%[][]' then error('The length of an array is supported for its first dimension only.') end;

create or replace macro pg_array_upper(items, dimension) as pg_array_length(items, dimension);

create or replace macro pg_cardinality(items) as len(items);

create or replace macro pg_array_lower(items, dimension) as case when pg_array_length(items, dimension) > 0 then 1 end;

-- PostgreSQL splits a string into characters at a NULL delimiter, and does not split it at an empty one. DuckDB does the opposite.
create or replace macro pg_string_to_array(string, delimiter) as
    case when string = '' then []::varchar[]
        when delimiter is null then string_split(string, '')
        when delimiter = '' then [string]
        else string_split(string, delimiter) end;

create or replace macro pg_replace_null_string(items, null_string) as list_transform(items, lambda item_: nullif(item_, null_string));

-- PostgreSQL also removes, replaces and finds NULL, so these macros compare with IS DISTINCT FROM.
create or replace macro pg_array_remove(items, item) as
    list_transform([{'items': items, 'item': item}], lambda args_:
        list_filter(args_.items, lambda element_: element_ is distinct from args_.item))[1];

create or replace macro pg_array_replace(items, old, new_value) as
    list_transform([{'items': items, 'old': old, 'new_value': new_value}], lambda args_:
        list_transform(args_.items, lambda element_: case when element_ is not distinct from args_.old then args_.new_value else element_ end))[1];

create or replace macro pg_array_positions(items, item) as
    list_transform([{'items': items, 'item': item}], lambda args_:
        list_filter(range(1, len(args_.items) + 1), lambda position_: args_.items[position_] is not distinct from args_.item))[1];

create or replace macro pg_array_position(items, item, start := 1) as
    list_filter(pg_array_positions(items, item), lambda position_: position_ >= start)[1];

-- list_concat of two NULL lists returns an empty list. PostgreSQL returns NULL.
create or replace macro pg_array_cat(a, b) as
    list_transform([{'a': a, 'b': b}], lambda args_:
        case when args_.a is not null or args_.b is not null then list_concat(args_.a, args_.b) end)[1];

create or replace macro pg_array_contains(items, contained) as
    case when items is not null and contained is not null
        then list_has_all(items, contained)
            and len(contained) = len(list_filter(contained, lambda element_: element_ is not null)) end;

-- PostgreSQL arrays begin at position 1. DuckDB counts negative positions from the end.
create or replace macro pg_array_element(items, position) as case when position > 0 then items[position] end;

create or replace macro pg_array_slice(items, low, high) as
    case when items is not null and low is not null and high is not null then coalesce(items[greatest(low, 1):greatest(high, 0)], []) end;

create or replace macro pg_array_to_string(items, delimiter, null_text) as
    array_to_string(list_transform(items, lambda item_: coalesce(item_, null_text)), delimiter);

-- Returns an array as text. An element is quoted if PostgreSQL would otherwise read another value.
create or replace macro pg_array_text(items) as
    '{' || array_to_string(
        list_transform(items, lambda item_:
            case when item_ is null then 'NULL'
                when item_ = '' or regexp_matches(item_, '[{}",\\\s]') or upper(item_) = 'NULL'
                then '"' || replace(replace(item_, '\', '\\'), '"', '\"') || '"'
                else item_ end),
        ',') || '}';

-- PostgreSQL prints a boolean in an array as t or f, and a boolean that is cast to text as true or false.
create or replace macro pg_boolean_text(flag) as case when flag then 't' when not flag then 'f' end
