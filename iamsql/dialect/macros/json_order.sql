-- The sort key of a document: a text that sorts as PostgreSQL sorts jsonb. The type comes first (null, strings, numbers,
-- booleans, arrays, objects), then the number of parts, then the parts in order. For historical reasons an empty array sorts
-- before everything. Levels below the 15th are not compared.
create or replace macro pg_json_sort_key(x) as
    case when json_type(x) = 'ARRAY' and json_array_length(x) = 0 then '!'
        when json_type(x) in ('ARRAY', 'OBJECT') then pg_rank_container(x) else pg_rank_scalar(x) end;

-- A positive number as its exponent, shifted to be positive, and its digits. A negative number has the complements of these
-- digits, so the greater amount sorts first.
create or replace macro pg_rank_digits(digits) as
    lpad((split_part(digits, 'e', 2)::integer + 400)::varchar, 3, '0') || replace(split_part(digits, 'e', 1), '.', '');

create or replace macro pg_rank_number(amount) as
    case when amount = 0 then '1' when amount > 0 then '2' || pg_rank_digits(format('{:.16e}', amount))
        else '0' || translate(pg_rank_digits(format('{:.16e}', -amount)), '0123456789', '9876543210') end;

-- chr(1) ends a string, so a string sorts before the strings that it begins.
create or replace macro pg_rank_scalar(x) as
    case json_type(x) when 'NULL' then '0' when 'VARCHAR' then '1' || json_extract_string(x, '$') || chr(1)
        when 'BOOLEAN' then '3' || cast(x as varchar)
        else '2' || pg_rank_number(try_cast(json_extract_string(x, '$') as double)) end;

-- The keys and values of an object in turn, or the elements of an array.
create or replace macro pg_rank_parts(x) as
    case when json_type(x) = 'ARRAY' then cast(json_extract(x, '$[*]') as json[])
        else flatten(list_transform(json_keys(x), lambda key_, index_: [
            to_json(key_), cast(json_extract(x, '$.*') as json[])[index_]])) end;

create or replace macro pg_rank_head(x) as
    case when json_type(x) = 'ARRAY' then '4' || lpad(json_array_length(x)::varchar, 7, '0')
        else '5' || lpad(len(json_keys(x))::varchar, 7, '0') end;

-- The parts of all levels; the positions on the path to a part sort the parts into the order of the text.
create or replace macro pg_rank_children(parts) as
    flatten(list_transform(
        list_filter(parts, lambda part_: json_type(part_.value) in ('ARRAY', 'OBJECT')),
        lambda part_: list_transform(pg_rank_parts(part_.value), lambda child_, index_: {
            'place': part_.place || lpad(index_::varchar, 7, '0'), 'value': child_})));

-- list_reduce repeats the step for each level; the elements of its list only count, and have the type of the result.
create or replace macro pg_rank_tree(x) as
    list_reduce(
        list_transform(range(16), lambda level_: {
            'last': [{'place': '', 'value': x}], 'found': [{'place': '', 'value': x}]}),
        lambda tree_, next_: {
            'last': pg_rank_children(tree_.last), 'found': list_concat(tree_.found, pg_rank_children(tree_.last))});

create or replace macro pg_rank_container(x) as
    array_to_string(
        list_transform(list_sort(pg_rank_tree(x).found), lambda part_:
            case when json_type(part_.value) in ('ARRAY', 'OBJECT') then pg_rank_head(part_.value)
                else pg_rank_scalar(part_.value) end),
        '')
