-- A quotient of values of types that are known at run time only: an integer if both are integers.
create or replace macro pg_divide(dividend, divisor) as
    case when contains(typeof(dividend), 'INT') and contains(typeof(divisor), 'INT')
        then dividend // divisor else dividend / divisor end;

-- DuckDB returns infinity for a division by zero.
create or replace macro pg_quotient(dividend, divisor) as
    case when divisor = 0 then error('division by zero') else dividend / divisor end;

create or replace macro pg_div(dividend, divisor) as
    case when divisor = 0 then error('division by zero') else trunc(dividend / divisor) end;

-- The digits of a negative number depend on the size of its type in PostgreSQL, which DuckDB's BIGINT does not keep.
create or replace macro pg_to_hex(number) as
    case when number < 0 then error('to_hex of a negative number is not supported.') else lower(to_hex(number)) end;
