-- Arrays as PostgreSQL cuts and compares them: NULL equals nothing, an empty array has no length.

create or replace macro pg_array_length(items, dimension) as
    case when dimension = 1 and len(items) > 0 then len(items)
        when dimension > 1 and typeof(items) like '%[][]' then error('iamsql knows the length of the first dimension of an array only.') end;

create or replace macro pg_string_to_array(words, delimiter) as
    case when words = '' then []::varchar[]
        when delimiter is null then string_split(words, '')
        when delimiter = '' then [words]
        else string_split(words, delimiter) end;

create or replace macro pg_nulled(items, word) as list_transform(items, lambda item_: nullif(item_, word));

create or replace macro pg_array_remove(items, item) as
    list_transform([{'items': items, 'item': item}], lambda in_:
        list_filter(in_.items, lambda one_: one_ is distinct from in_.item))[1];

create or replace macro pg_array_replace(items, old, fresh) as
    list_transform([{'items': items, 'old': old, 'fresh': fresh}], lambda in_:
        list_transform(in_.items, lambda one_: case when one_ is not distinct from in_.old then in_.fresh else one_ end))[1];

create or replace macro pg_array_positions(items, item) as
    list_transform([{'items': items, 'item': item}], lambda in_:
        list_filter(range(1, len(in_.items) + 1), lambda place_: in_.items[place_] is not distinct from in_.item))[1];

create or replace macro pg_array_position(items, item, start) as
    list_filter(pg_array_positions(items, item), lambda place_: place_ >= start)[1];

create or replace macro pg_array_cat(one, other) as
    list_transform([{'one': one, 'other': other}], lambda both_:
        case when both_.one is null then both_.other when both_.other is null then both_.one
            else list_concat(both_.one, both_.other) end)[1];

create or replace macro pg_array_holds(items, wanted) as
    case when items is not null and wanted is not null
        then list_has_all(items, wanted) and len(wanted) = len(list_filter(wanted, lambda one_: one_ is not null)) end;

create or replace macro pg_array_overlaps(one, other) as list_has_any(one, other);

create or replace macro pg_array_element(items, place) as case when place > 0 then items[place] end;

create or replace macro pg_array_slice(items, low, high) as
    case when items is not null and low is not null and high is not null then coalesce(items[greatest(low, 1):greatest(high, 0)], []) end;

create or replace macro pg_array_to_string(items, delimiter, missing) as
    array_to_string(list_transform(items, lambda item_: coalesce(item_, missing)), delimiter);

create or replace macro pg_text_of_array(items) as
    '{' || array_to_string(
        list_transform(items, lambda item_:
            case when item_ is null then 'NULL'
                when item_ = '' or regexp_matches(item_, '[{}",\\\s]') or upper(item_) = 'NULL'
                then '"' || replace(replace(item_, '\', '\\'), '"', '\"') || '"'
                else item_ end),
        ',') || '}';

create or replace macro pg_boolean_letter(flag) as case when flag then 't' when not flag then 'f' end
