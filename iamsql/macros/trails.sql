-- Tags where those that are none and those that were not read must differ: {} for an empty list, NULL for no list.
create or replace macro tag_map_or_empty(list) as
    case when json_array_length(try_cast(list as json)) = 0 then '{}'::json else tag_map(list) end;
