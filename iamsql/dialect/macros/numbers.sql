-- A quotient of values whose types are known only to DuckDB: whole of whole numbers.
create or replace macro pg_divide(a, b) as
    case when contains(typeof(a), 'INT') and contains(typeof(b), 'INT') then a // b else a / b end
