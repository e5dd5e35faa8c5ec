-- Division of numbers:
--   pg_divide: the operator `/`, if it is known only at run time whether both operands are integers, which have an integer quotient
--   pg_quotient: the operator `/`, if both types are known and at least one is not an integer
--   pg_div: the function div, which returns the integer part of the quotient
-- DuckDB returns infinity for a division by zero. pg_quotient and pg_div raise an error, as PostgreSQL does.
create or replace macro pg_divide(dividend, divisor) as
    case when contains(typeof(dividend), 'INT') and contains(typeof(divisor), 'INT')
        then dividend // divisor else dividend / divisor end;

create or replace macro pg_quotient(dividend, divisor) as
    case when divisor = 0 then error('division by zero') else dividend / divisor end;

create or replace macro pg_div(dividend, divisor) as
    case when divisor = 0 then error('division by zero') else trunc(dividend / divisor) end;

-- In PostgreSQL, the digits of a negative number depend on the size of its type. DuckDB's BIGINT does not keep this size.
create or replace macro pg_to_hex(number) as
    case when number < 0 then error('to_hex of a negative number is not supported.') else lower(to_hex(number)) end;
