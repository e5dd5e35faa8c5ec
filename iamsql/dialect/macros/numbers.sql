-- A quotient of values of types that are known at run time only: an integer if both are integers.
create or replace macro pg_divide(a, b) as
    case when contains(typeof(a), 'INT') and contains(typeof(b), 'INT') then a // b else a / b end;

-- DuckDB returns infinity for a division by zero.
create or replace macro pg_quotient(a, b) as case when b = 0 then error('division by zero') else a / b end;

create or replace macro pg_div(a, b) as case when b = 0 then error('division by zero') else trunc(a / b) end;

-- The digits of a negative number depend on the size of its type in PostgreSQL, which DuckDB's BIGINT does not keep.
create or replace macro pg_to_hex(a) as
    case when a < 0 then error('to_hex of a negative number is not supported.') else lower(to_hex(a)) end;
