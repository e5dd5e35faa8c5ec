-- Steps and comparisons of JSON paths: a step maps a list of items to a list of items. NULL in place of a list represents an
-- error, which a filter treats as unknown (library/_jsonpath.py).

create or replace macro pg_path_items(items) as flatten(list_transform(items, lambda item_: pg_items(item_)));

-- The list, or NULL for a list that contains NULL, which represents an error.
create or replace macro pg_path_checked(items) as
    list_transform([{'items': items}], lambda args_:
        case when len(list_filter(args_.items, lambda element_: element_ is null)) = 0 then args_.items end)[1];

create or replace macro pg_path_flatten(lists) as flatten(pg_path_checked(lists));

-- A step maps each item to a list. Only the mode strict has an error for a missing value, lax and lenient skip it. In lax mode the
-- items of a step were unwrapped before.
create or replace macro pg_path_member(items, pointer, mode) as
    list_transform(items, lambda item_:
        case when json_type(item_) = 'OBJECT' and json_exists(item_, pointer) then [json_extract(item_, pointer)]
            when mode <> 'strict' then [] end);

create or replace macro pg_path_members(items, mode) as
    list_transform(items, lambda item_:
        case when json_type(item_) = 'OBJECT' then json_extract(item_, '$.*') when mode <> 'strict' then [] end);

create or replace macro pg_path_elements(items, mode) as
    list_transform(items, lambda item_:
        case when json_type(item_) = 'ARRAY' then json_extract(item_, '$[*]') when mode <> 'strict' then [] end);

-- The position of the last element. A document that is not an array is an array of one element.
create or replace macro pg_path_last(item) as case when json_type(item) = 'ARRAY' then json_array_length(item)::bigint - 1 else 0 end;

create or replace macro pg_path_slice(item, low, high, mode) as
    case when mode = 'strict' and (json_type(item) <> 'ARRAY' or low < 0 or low > high or high > pg_path_last(item)) then null
        when mode = 'lenient' and json_type(item) <> 'ARRAY' then []
        else list_filter(pg_items(item), lambda element_, index_: index_ - 1 between low and high) end;

create or replace macro pg_path_type(items) as list_transform(items, lambda item_: to_json(pg_json_typeof(item_)));

create or replace macro pg_path_size(items, mode) as
    pg_path_checked(list_transform(items, lambda item_:
        case when json_type(item_) = 'ARRAY' then to_json(json_array_length(item_)) when mode <> 'strict' then '1'::json end));

-- The descendants of an item; the positions on the path to a part sort the parts into the order of the text.
create or replace macro pg_path_children(parts) as
    flatten(list_transform(parts, lambda part_:
        list_transform(
            case json_type(part_.value) when 'OBJECT' then json_extract(part_.value, '$.*')
                when 'ARRAY' then json_extract(part_.value, '$[*]') else [] end,
            lambda child_, index_: {
                'place': part_.place || lpad(index_::varchar, 7, '0'), 'depth': part_.depth + 1, 'value': child_})));

-- list_reduce repeats the step for each level; the elements of its list only count, and have the type of the result.
create or replace macro pg_path_tree(item) as
    list_reduce(
        list_transform(range(32), lambda level_: {
            'last': [{'place': '', 'depth': 0::bigint, 'value': item}], 'found': [{'place': '', 'depth': 0::bigint, 'value': item}]}),
        lambda tree_, next_: {
            'last': pg_path_children(tree_.last), 'found': list_concat(tree_.found, pg_path_children(tree_.last))});

create or replace macro pg_path_descendants(items, low, high, leaves) as
    flatten(list_transform(items, lambda item_:
        list_transform([pg_path_tree(item_)], lambda tree_:
            case when len(tree_.last) > 0 then error('A JSON path with .** selects up to 31 levels.')
                else list_transform(
                    list_filter(list_sort(tree_.found), lambda part_:
                        part_.depth >= low and (high is null or part_.depth <= high)
                        and (not leaves or json_type(part_.value) not in ('ARRAY', 'OBJECT'))),
                    lambda part_: part_.value) end)[1]));

create or replace macro pg_path_numbers(items, of_text) as
    pg_path_checked(list_transform(items, lambda item_:
        case when pg_path_comparable_type(item_) = 'number' or (of_text and json_type(item_) = 'VARCHAR')
            then try_cast(json_extract_string(item_, '$') as double) end));

create or replace macro pg_path_number(amount) as cast(pg_float_text(cast(amount as double)) as json);

create or replace macro pg_path_single(items) as
    case when len(items) = 1 and pg_path_comparable_type(items[1]) = 'number' then json_extract_string(items[1], '$')::double end;

create or replace macro pg_path_arithmetic(left_items, right_items, sign) as
    list_transform([{'a': pg_path_single(left_items), 'b': pg_path_single(right_items)}], lambda args_:
        case when args_.a is null or args_.b is null or (args_.b = 0 and sign in ('/', '%')) then null
            else [pg_path_number(case sign when '+' then args_.a + args_.b when '-' then args_.a - args_.b
                when '*' then args_.a * args_.b when '/' then args_.a / args_.b else args_.a % args_.b end)] end)[1];

create or replace macro pg_path_keys(items) as
    pg_path_flatten(list_transform(items, lambda item_:
        case when json_type(item_) = 'OBJECT' then list_transform(json_keys(item_), lambda key_: to_json(key_)) end));

create or replace macro pg_path_values(items) as
    pg_path_flatten(list_transform(items, lambda item_:
        case when json_type(item_) = 'OBJECT' then json_extract(item_, '$.*') end));

-- The result of @@ and jsonb_path_match: the items must be a single boolean or JSON null; anything else is an error.
create or replace macro pg_path_boolean(items, silent) as
    list_transform([{'items': items}], lambda args_:
        case when len(args_.items) = 1 and json_type(args_.items[1]) = 'BOOLEAN' then args_.items[1]::varchar = 'true'
            when silent or (len(args_.items) = 1 and json_type(args_.items[1]) = 'NULL') then null
            else error('jsonb_path_match expects one boolean value.') end)[1];

create or replace macro pg_path_comparable_type(item) as
    case when json_type(item) in ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') then 'number' else json_type(item) end;

-- A comparison of values of different types is unknown (NULL), except with JSON null.
create or replace macro pg_path_equal(a, b) as
    case when json_type(a) = 'NULL' or json_type(b) = 'NULL' then json_type(a) = json_type(b)
        when json_type(a) in ('ARRAY', 'OBJECT') or json_type(b) in ('ARRAY', 'OBJECT') then null
        when pg_path_comparable_type(a) <> pg_path_comparable_type(b) then null
        when pg_path_comparable_type(a) = 'number' then json_extract_string(a, '$')::double = json_extract_string(b, '$')::double
        else json_extract_string(a, '$') = json_extract_string(b, '$') end;

create or replace macro pg_path_less(a, b) as
    case when json_type(a) = 'NULL' or json_type(b) = 'NULL' then false
        when json_type(a) in ('ARRAY', 'OBJECT') or json_type(b) in ('ARRAY', 'OBJECT') then null
        when pg_path_comparable_type(a) <> pg_path_comparable_type(b) then null
        when pg_path_comparable_type(a) = 'number' then json_extract_string(a, '$')::double < json_extract_string(b, '$')::double
        else json_extract_string(a, '$') < json_extract_string(b, '$') end;

-- Strict mode evaluates every pair of items, and one unknown comparison makes the predicate unknown.
create or replace macro pg_path_any_strict(booleans) as
    case when len(list_filter(booleans, lambda boolean_: boolean_ is null)) = 0 then list_contains(booleans, true) end;

create or replace macro pg_path_starts(items, string) as
    list_transform(items, lambda item_:
        case when json_type(item_) = 'VARCHAR' then starts_with(json_extract_string(item_, '$'), string) end);

create or replace macro pg_path_like(items, pattern) as
    list_transform(items, lambda item_:
        case when json_type(item_) = 'VARCHAR' then regexp_matches(json_extract_string(item_, '$'), pattern) end);
