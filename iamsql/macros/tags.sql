-- An arrow after a bare name would be a lambda in a call's argument, hence json_extract.
-- Readers for things whose tags come with a whole item of a second call: none of an item that was read, null of one that was not.
create or replace macro tags_of(item) as case when item is not null then empty_list(json_extract(item, '$.Tags')) end;
create or replace macro tag_map_of(item) as
    case when item is not null then coalesce(tag_map(json_extract(item, '$.Tags')), '{}'::json) end;
-- What follows the last slash of an ARN.
create or replace macro last_part(value) as regexp_extract(value ->> '$', '[^/]*$');
