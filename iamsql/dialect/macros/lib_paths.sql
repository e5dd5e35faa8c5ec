-- Steps and comparisons of JSON paths (lax): every step takes a list of items and gives one.

create or replace macro pg_path_items(items) as flatten(list_transform(items, lambda item_: pg_items(item_)));

create or replace macro pg_path_member(items, pointer) as
    list_filter(
        list_transform(pg_path_items(items), lambda item_:
            case when json_type(item_) = 'OBJECT' then json_extract(item_, pointer) end),
        lambda item_: item_ is not null);

create or replace macro pg_path_members(items) as
    flatten(list_transform(pg_path_items(items), lambda item_:
        case when json_type(item_) = 'OBJECT' then json_extract(item_, '$.*') else [] end));

create or replace macro pg_path_slice(items, low, high, low_from_end, high_from_end) as
    flatten(list_transform(items, lambda item_:
        list_filter(pg_items(item_), lambda one_, at_:
            at_ - 1 between low + case when low_from_end then len(pg_items(item_)) - 1 else 0 end
                and high + case when high_from_end then len(pg_items(item_)) - 1 else 0 end)));

create or replace macro pg_path_type(items) as list_transform(items, lambda item_: to_json(pg_json_typeof(item_)));

create or replace macro pg_path_size(items) as
    list_transform(items, lambda item_: case when json_type(item_) = 'ARRAY' then to_json(json_array_length(item_)) else '1'::json end);

create or replace macro pg_path_number(items) as
    list_transform(pg_path_items(items), lambda item_:
        cast(coalesce(try_cast(json_extract_string(item_, '$') as double),
            error('A JSON path method for numbers met a value that is no number.')) as double));

create or replace macro pg_path_class(item) as
    case when json_type(item) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') then 'number' else json_type(item) end;

create or replace macro pg_path_equal(one, other) as
    case when json_type(one) in ('ARRAY', 'OBJECT') or json_type(other) in ('ARRAY', 'OBJECT') then null
        when json_type(one) = 'NULL' or json_type(other) = 'NULL' then json_type(one) = json_type(other)
        when pg_path_class(one) <> pg_path_class(other) then null
        when pg_path_class(one) = 'number' then json_extract_string(one, '$')::double = json_extract_string(other, '$')::double
        else json_extract_string(one, '$') = json_extract_string(other, '$') end;

create or replace macro pg_path_less(one, other) as
    case when pg_path_class(one) <> pg_path_class(other) and 'NULL' not in (json_type(one), json_type(other)) then null
        when json_type(one) in ('ARRAY', 'OBJECT') or json_type(other) in ('ARRAY', 'OBJECT') then null
        when json_type(one) = 'NULL' or json_type(other) = 'NULL' then false
        when pg_path_class(one) = 'number' then json_extract_string(one, '$')::double < json_extract_string(other, '$')::double
        else json_extract_string(one, '$') < json_extract_string(other, '$') end;

create or replace macro pg_path_compared(one, other, sign) as
    case sign when '==' then pg_path_equal(one, other)
        when '!=' then not pg_path_equal(one, other)
        when '<' then pg_path_less(one, other)
        when '>' then pg_path_less(other, one)
        when '<=' then pg_path_less(one, other) or pg_path_equal(one, other)
        else pg_path_less(other, one) or pg_path_equal(one, other) end;

create or replace macro pg_path_pairs(lefts, rights, sign) as
    pg_any(flatten(list_transform(pg_path_items(lefts), lambda left_:
        list_transform(pg_path_items(rights), lambda right_: pg_path_compared(left_, right_, sign)))));

create or replace macro pg_path_starts(items, words) as
    pg_any(list_transform(pg_path_items(items), lambda item_:
        case when json_type(item_) = 'VARCHAR' then starts_with(json_extract_string(item_, '$'), words) end));

create or replace macro pg_path_like(items, pattern) as
    pg_any(list_transform(pg_path_items(items), lambda item_:
        case when json_type(item_) = 'VARCHAR' then regexp_matches(json_extract_string(item_, '$'), pattern) end));
