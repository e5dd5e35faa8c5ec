-- Functions that build and change documents. They return the canonical form. Arguments are bound in a lambda first: an argument
-- may be a subquery, which a DuckDB lambda cannot contain.

-- jsonb orders keys by length and then by bytes. The last of equal keys counts: list_reverse finds its position from the end.
create or replace macro pg_object(names, items) as list_transform([{'names': names, 'items': items}], lambda args_:
    case when len(list_filter(args_.names, lambda name_: name_ is null)) > 0 then error('The key of a JSON object must not be NULL.')
        when args_.names is not null then cast('{' || array_to_string(
        list_transform(
            list_sort(list_transform(list_distinct(args_.names), lambda name_: {'size': strlen(name_), 'name': name_})),
            lambda element_: cast(to_json(element_.name) as varchar) || ':'
                || coalesce(cast(args_.items[-list_position(list_reverse(args_.names), element_.name)] as varchar), 'null')),
        ',') || '}' as json) end)[1];

create or replace macro pg_object_of(pairs) as
    pg_object(list_transform(pairs, lambda pair_: pair_[1]), list_transform(pairs, lambda pair_: pair_[2]));

create or replace macro pg_pointer(name) as '/' || replace(replace(name, '~', '~0'), '/', '~1');

-- Returns the elements of an array. Any other document counts as an array of one element.
create or replace macro pg_items(document) as
    case when json_type(document) = 'ARRAY' then json_extract(document, '$[*]') when document is not null then [document] end;

-- Steps of a JSON path in lax mode. A step takes a list of items. It returns the elements of the arrays, or a member of the
-- objects.
create or replace macro pg_path_elements(items) as flatten(list_transform(items, lambda item_: pg_items(item_)));
create or replace macro pg_path_member(items, name) as
    flatten(list_transform(items, lambda item_:
        case when json_type(item_) = 'OBJECT' and list_contains(json_keys(item_), name)
            then [json_extract(item_, pg_pointer(name))] else [] end));

create or replace macro pg_members(document) as json_extract(document, '$.*');

-- Positions below 0 count from the end. json_array_length returns an unsigned number, so a sum below 0 needs a cast.
create or replace macro pg_element_index(name, size) as
    case when try_cast(name as integer) >= 0 then try_cast(name as integer)
        when try_cast(name as integer) + cast(size as integer) >= 0 then try_cast(name as integer) + cast(size as integer) end;

create or replace macro pg_extract_step(document, name) as
    case json_type(document)
        when 'OBJECT' then json_extract(document, pg_pointer(name))
        when 'ARRAY' then json_extract(document, '$[' || pg_element_index(name, json_array_length(document)) || ']')
    end;

-- A macro cannot call itself, so list_reduce follows the keys. All elements of a list have one type, so the document is text
-- there.
create or replace macro pg_extract_path(document, names) as
    case when len(names) = 0 then document
        else cast(list_reduce(list_prepend(cast(document as varchar), cast(names as varchar[])),
            lambda document_, name_: cast(pg_extract_step(cast(document_ as json), name_) as varchar)) as json) end;

create or replace macro pg_delete_keys(document, names) as
    list_transform([{'document': document, 'names': names}], lambda deletion_:
        case when deletion_.names is null then null
            when json_type(deletion_.document) = 'OBJECT' then pg_object(
                list_filter(json_keys(deletion_.document), lambda name_: not coalesce(list_contains(deletion_.names, name_), false)),
                list_transform(
                    list_filter(json_keys(deletion_.document), lambda name_: not coalesce(list_contains(deletion_.names, name_), false)),
                    lambda name_: json_extract(deletion_.document, pg_pointer(name_))))
            when json_type(deletion_.document) = 'ARRAY' then to_json(list_filter(pg_items(deletion_.document), lambda item_:
                not (json_type(item_) = 'VARCHAR'
                    and coalesce(list_contains(deletion_.names, json_extract_string(item_, '$')), false))))
            when deletion_.document is not null
            then error('A key can be deleted from a JSON object or array only.') end)[1];

create or replace macro pg_delete_key(document, name) as case when name is not null then pg_delete_keys(document, [name]) end;

create or replace macro pg_delete_element(document, position) as
    list_transform([{'document': document, 'place': cast(position as integer)}], lambda deletion_:
        case when deletion_.place is null then null
            when json_type(deletion_.document) = 'ARRAY' then to_json(list_filter(pg_items(deletion_.document), lambda item_, index_:
                index_ - 1 <> deletion_.place
                    + case when deletion_.place < 0 then cast(json_array_length(deletion_.document) as integer) else 0 end))
            when deletion_.document is not null
            then error('A position can be deleted from a JSON array only.') end)[1];

create or replace macro pg_concatenate_json(a, b) as
    list_transform([{'a': a, 'b': b}], lambda both_:
        case when json_type(both_.a) = 'OBJECT' and json_type(both_.b) = 'OBJECT'
            then pg_object(list_concat(json_keys(both_.a), json_keys(both_.b)),
                list_concat(pg_members(both_.a), pg_members(both_.b)))
            when both_.a is not null and both_.b is not null
            then to_json(list_concat(pg_items(both_.a), pg_items(both_.b))) end)[1];
