-- JSON documents changed and put together; what they give is in the one spelling of jsonb. Arguments are bound once, as the
-- members of `in_`: a lambda of DuckDB holds no subquery, and an argument may be one.

create or replace macro pg_object(names, items) as list_transform([{'names': names, 'items': items}], lambda in_:
    case when len(list_filter(in_.names, lambda name_: name_ is null)) > 0 then error('The key of a JSON object must not be NULL.')
        when in_.names is not null then cast('{' || array_to_string(
        list_transform(
            list_sort(list_transform(list_distinct(in_.names), lambda name_: {'size': strlen(name_), 'name': name_})),
            lambda one_: cast(to_json(one_.name) as varchar) || ':'
                || coalesce(cast(in_.items[-list_position(list_reverse(in_.names), one_.name)] as varchar), 'null')),
        ',') || '}' as json) end)[1];

create or replace macro pg_object_of_lists(names, items) as
    case when len(names) <> len(items) then error('jsonb_object takes as many values as keys.')
        else pg_object(names, list_transform(items, lambda item_: to_json(item_))) end;

create or replace macro pg_object_by_turns(words) as
    case when len(words) % 2 = 1 then error('jsonb_object takes keys and values by turns.')
        else pg_object(
            list_filter(words, lambda word_, at_: at_ % 2 = 1),
            list_transform(list_filter(words, lambda word_, at_: at_ % 2 = 0), lambda item_: to_json(item_))) end;

create or replace macro pg_object_of(pairs) as
    pg_object(list_transform(pairs, lambda pair_: pair_[1]), list_transform(pairs, lambda pair_: pair_[2]));

create or replace macro pg_pointer(name) as '/' || replace(replace(name, '~', '~0'), '/', '~1');

create or replace macro pg_items(document) as
    case when json_type(document) = 'ARRAY' then json_extract(document, '$[*]') when document is not null then [document] end;

create or replace macro pg_members(document) as json_extract(document, '$.*');

create or replace macro pg_place(name, size) as
    case when try_cast(name as integer) >= 0 then try_cast(name as integer)
        when try_cast(name as integer) + cast(size as integer) >= 0 then try_cast(name as integer) + cast(size as integer) end;

create or replace macro pg_step(document, name) as
    case json_type(document)
        when 'OBJECT' then json_extract(document, pg_pointer(name))
        when 'ARRAY' then json_extract(document, '$[' || pg_place(name, json_array_length(document)) || ']')
    end;

create or replace macro pg_steps(document, names) as
    case when len(names) = 0 then document
        else cast(list_reduce(list_prepend(cast(document as varchar), cast(names as varchar[])),
            lambda found_, name_: cast(pg_step(cast(found_ as json), name_) as varchar)) as json) end;

create or replace macro pg_put(document, name, fresh, new) as
    list_transform([{'document': document, 'name': name, 'fresh': fresh}], lambda put_:
        case json_type(put_.document)
            when 'OBJECT' then case when new or list_contains(json_keys(put_.document), put_.name)
                then pg_object(list_append(json_keys(put_.document), put_.name), list_append(pg_members(put_.document), put_.fresh))
                else put_.document end
            when 'ARRAY' then to_json(pg_put_item(pg_items(put_.document), try_cast(put_.name as integer), put_.fresh, new))
            else put_.document end)[1];

create or replace macro pg_put_item(items, place, fresh, new) as
    case when place is null then error('A position in a JSON array is a whole number.')
        when place between -len(items) and len(items) - 1
        then list_transform(items, lambda item_, at_:
            case when at_ - 1 = case when place < 0 then place + len(items) else place end then fresh else item_ end)
        when not new then items
        when place < 0 then list_prepend(fresh, items)
        else list_append(items, fresh) end;

create or replace macro pg_insert(document, name, fresh, after) as
    list_transform([{'document': document, 'name': name, 'fresh': fresh}], lambda insert_:
        case json_type(insert_.document)
            when 'OBJECT' then case when list_contains(json_keys(insert_.document), insert_.name)
                then error('jsonb_insert does not replace a key that is there: use jsonb_set.')
                else pg_put(insert_.document, insert_.name, insert_.fresh, true) end
            when 'ARRAY' then to_json(pg_insert_item(pg_items(insert_.document),
                case when try_cast(insert_.name as integer) < 0
                    then try_cast(insert_.name as integer) + cast(json_array_length(insert_.document) as integer)
                    else try_cast(insert_.name as integer) end + cast(after as integer), insert_.fresh))
            else insert_.document end)[1];

create or replace macro pg_insert_item(items, place, fresh) as
    case when place is null then error('A position in a JSON array is a whole number.')
        else list_concat(list_append(items[1:greatest(place, 0)], fresh), items[greatest(place, 0) + 1:]) end;

create or replace macro pg_without(document, names) as
    list_transform([{'document': document, 'names': names}], lambda less_:
        case when less_.names is null then null
            when json_type(less_.document) = 'OBJECT' then pg_object(
                list_filter(json_keys(less_.document), lambda name_: not coalesce(list_contains(less_.names, name_), false)),
                list_transform(
                    list_filter(json_keys(less_.document), lambda name_: not coalesce(list_contains(less_.names, name_), false)),
                    lambda name_: json_extract(less_.document, pg_pointer(name_))))
            when json_type(less_.document) = 'ARRAY' then to_json(list_filter(pg_items(less_.document), lambda item_:
                not (json_type(item_) = 'VARCHAR'
                    and coalesce(list_contains(less_.names, json_extract_string(item_, '$')), false))))
            when less_.document is not null
            then error('A key cannot be taken from a JSON value that is no object or array.') end)[1];

create or replace macro pg_without_key(document, name) as case when name is not null then pg_without(document, [name]) end;

create or replace macro pg_without_place(document, place) as
    list_transform([{'document': document, 'place': cast(place as integer)}], lambda less_:
        case when less_.place is null then null
            when json_type(less_.document) = 'ARRAY' then to_json(list_filter(pg_items(less_.document), lambda item_, at_:
                at_ - 1 <> less_.place
                    + case when less_.place < 0 then cast(json_array_length(less_.document) as integer) else 0 end))
            when less_.document is not null
            then error('A position cannot be taken from a JSON value that is no array.') end)[1];

create or replace macro pg_dropped(document, name) as
    case json_type(document)
        when 'OBJECT' then pg_without(document, [name])
        when 'ARRAY' then case when try_cast(name as integer) is null then error('A position in a JSON array is a whole number.')
            else pg_without_place(document, try_cast(name as integer)) end
        else document end;

create or replace macro pg_merged(one, other) as
    list_transform([{'one': one, 'other': other}], lambda both_:
        case when json_type(both_.one) = 'OBJECT' and json_type(both_.other) = 'OBJECT'
            then pg_object(list_concat(json_keys(both_.one), json_keys(both_.other)),
                list_concat(pg_members(both_.one), pg_members(both_.other)))
            when both_.one is not null and both_.other is not null
            then to_json(list_concat(pg_items(both_.one), pg_items(both_.other))) end)[1];
