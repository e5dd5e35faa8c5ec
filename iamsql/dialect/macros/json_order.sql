-- Returns the sort key of a document: a string that sorts as PostgreSQL sorts jsonb. It has three parts:
--   1. the type (null, strings, numbers, booleans, arrays, objects)
--   2. the number of elements or members
--   3. the elements or members in order, down to the 15th level
-- PostgreSQL sorts an empty top-level array before everything, for historical reasons.
create or replace macro pg_json_sort_key(document) as
    case when json_type(document) = 'ARRAY' and json_array_length(document) = 0 then '!'
        when json_type(document) in ('ARRAY', 'OBJECT') then pg_rank_container(document) else pg_rank_scalar(document) end;

-- Returns the sort key of a positive number: its exponent, shifted to be positive, and its digits.
create or replace macro pg_rank_digits(digits) as
    lpad((split_part(digits, 'e', 2)::integer + 400)::varchar, 3, '0') || replace(split_part(digits, 'e', 1), '.', '');

-- Returns the sort key of a number. A negative number has the complements of the digits of its absolute value, so numbers farther
-- from zero sort first.
create or replace macro pg_rank_number(number) as
    case when number = 0 then '1' when number > 0 then '2' || pg_rank_digits(format('{:.16e}', number))
        else '0' || translate(pg_rank_digits(format('{:.16e}', -number)), '0123456789', '9876543210') end;

-- chr(1) ends a string, so a string sorts before the strings that it begins.
create or replace macro pg_rank_scalar(document) as
    case json_type(document) when 'NULL' then '0' when 'VARCHAR' then '1' || json_extract_string(document, '$') || chr(1)
        when 'BOOLEAN' then '3' || cast(document as varchar)
        else '2' || pg_rank_number(try_cast(json_extract_string(document, '$') as double)) end;

-- Returns the keys and values of an object in turn, or the elements of an array.
create or replace macro pg_rank_parts(document) as
    case when json_type(document) = 'ARRAY' then cast(json_extract(document, '$[*]') as json[])
        else flatten(list_transform(json_keys(document), lambda key_, position_: [
            to_json(key_), cast(json_extract(document, '$.*') as json[])[position_]])) end;

create or replace macro pg_rank_head(document) as
    case when json_type(document) = 'ARRAY' then '4' || lpad(json_array_length(document)::varchar, 7, '0')
        else '5' || lpad(len(json_keys(document))::varchar, 7, '0') end;

-- Returns the parts of the next level. `place` has the positions on the path to a part, and orders the parts of all levels.
create or replace macro pg_rank_children(parts) as
    flatten(list_transform(
        list_filter(parts, lambda part_: json_type(part_.value) in ('ARRAY', 'OBJECT')),
        lambda part_: list_transform(pg_rank_parts(part_.value), lambda child_, position_: {
            'place': part_.place || lpad(position_::varchar, 7, '0'), 'value': child_})));

-- list_reduce repeats the step for each level. The elements of its list only count the levels, but must have the type of the
-- result.
create or replace macro pg_rank_tree(document) as
    list_reduce(
        list_transform(range(16), lambda level_: {
            'last': [{'place': '', 'value': document}], 'found': [{'place': '', 'value': document}]}),
        lambda tree_, round_: {
            'last': pg_rank_children(tree_.last), 'found': list_concat(tree_.found, pg_rank_children(tree_.last))});

create or replace macro pg_rank_container(document) as
    array_to_string(
        list_transform(list_sort(pg_rank_tree(document).found), lambda part_:
            case when json_type(part_.value) in ('ARRAY', 'OBJECT') then pg_rank_head(part_.value)
                else pg_rank_scalar(part_.value) end),
        '')
