-- Macros that read JSON members for the typed tables. They treat NULL and JSON null alike.
create or replace macro empty_list(value) as case when value is null or value = 'null' then '[]'::json else value end;
create or replace macro one_list(value) as case when value is null or value = 'null' then null else json_array(value) end;
create or replace macro json_or_null(value) as nullif(value, 'null'::json);
create or replace macro code_is_true(value) as try_cast(value ->> '$' as bigint) > 0;
create or replace macro known(value) as report_text(value ->> '$');
create or replace macro known_time(value) as report_time(value ->> '$');
create or replace macro known_flag(value) as report_bool(value ->> '$');
create or replace macro assignment(value) as case when value is null or value = 'null' then 'Unassigned' else 'Assigned' end;
create or replace macro password_status(value) as case
  when lower(value ->> '$.password_enabled') = 'false' then 'not_set'
  when try_cast(value ->> '$.password_last_used' as timestamptz) is not null then 'used'
  when lower(value ->> '$.password_enabled') = 'true' then 'never_used'
  when lower(value ->> '$.password_enabled') = 'not_supported' then 'never_used'
  else 'not_set' end;
