-- The PostgreSQL functions that queries over JSON use most, for every DuckDB client.
create or replace macro jsonb_array_length(value) as case when json_type(value) = 'ARRAY' then json_array_length(value) end;
create or replace macro jsonb_pretty(value) as json_pretty(value);
create or replace macro jsonb_typeof(value) as case json_type(value)
  when 'VARCHAR' then 'string' when 'BIGINT' then 'number' when 'UBIGINT' then 'number' when 'DOUBLE' then 'number'
  else lower(json_type(value)) end;
create or replace macro to_jsonb(value) as to_json(value);
create or replace macro nlevel(path) as case when path = '' then 0 else len(string_split(path, '.')) end;
create or replace macro jsonb_array_elements(list) as table select unnest(json_extract(list, '$[*]')) as value;
create or replace macro jsonb_array_elements_text(list) as table
  select item ->> '$' as value from (select unnest(json_extract(list, '$[*]')) as item);
create or replace macro jsonb_each(object) as table
  select unnest(json_keys(object)) as key, unnest(json_extract(object, '$.*')) as value;
create or replace macro jsonb_object_keys(object) as table select unnest(json_keys(object)) as jsonb_object_keys;
