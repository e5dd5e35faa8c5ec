-- Tags as an object: {} for an empty list, NULL for a list that was not read.
create or replace macro tag_map_or_empty(list) as
    case when json_array_length(try_cast(list as json)) = 0 then '{}'::json else tag_map(list) end;
