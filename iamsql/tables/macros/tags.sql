-- Tags that a second call returns: empty for a resource without tags, NULL for a resource that was not read. These macros use
-- json_extract, because DuckDB parses an arrow after a name in an argument as a lambda.
create or replace macro tags_of(item) as case when item is not null then empty_list(json_extract(item, '$.Tags')) end;
create or replace macro tag_map_of(item) as
    case when item is not null then coalesce(tag_map(json_extract(item, '$.Tags')), '{}'::json) end;
-- Returns the part of an ARN after its last slash.
create or replace macro last_part(value) as regexp_extract(value ->> '$', '[^/]*$');
-- Returns tags as an object: {} for an empty list, NULL for a list that was not read.
create or replace macro tag_map_or_empty(list) as
    case when json_array_length(try_cast(list as json)) = 0 then '{}'::json else tag_map(list) end;
