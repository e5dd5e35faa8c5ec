-- A quotient of values whose types are known only to DuckDB: whole of whole numbers.
create or replace macro pg_divide(a, b) as
    case when contains(typeof(a), 'INT') and contains(typeof(b), 'INT') then a // b else a / b end;

create or replace macro pg_quotient(a, b) as case when b = 0 then error('division by zero') else a / b end;

create or replace macro pg_div(a, b) as case when b = 0 then error('division by zero') else trunc(a / b) end;

create or replace macro pg_hexadecimal(a) as
    case when a < 0 then error('to_hex of a negative number is not supported.') else lower(to_hex(a)) end
