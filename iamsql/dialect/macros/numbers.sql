-- A quotient of values of types that are known at run time only: an integer if both are integers.
create or replace macro pg_divide(a, b) as
    case when contains(typeof(a), 'INT') and contains(typeof(b), 'INT') then a // b else a / b end;

-- DuckDB returns infinity for a division by zero.
create or replace macro pg_quotient(a, b) as case when b = 0 then error('division by zero') else a / b end;

create or replace macro pg_div(a, b) as case when b = 0 then error('division by zero') else trunc(a / b) end;

-- The digits of a negative number depend on the size of its type in PostgreSQL, which DuckDB's BIGINT does not keep.
create or replace macro pg_to_hex(a) as
    case when a < 0 then error('to_hex of a negative number is not supported.') else lower(to_hex(a)) end;

-- Parts of to_char of numbers.

create or replace macro pg_group_digits(digits, template, fill) as
    list_transform([digits], lambda args_: case when args_ is not null then array_to_string(
        list_transform(string_split(template, ''), lambda character_, index_:
            case when character_ <> ',' then pg_digit(args_[length(replace(template[1:index_], ',', ''))], fill)
                when trim(args_[1:length(replace(template[1:index_], ',', ''))]) = '' then fill
                else ',' end),
        '') end)[1];

create or replace macro pg_digit(digit, fill) as case when digit = ' ' and fill = '' then '' else digit end;

-- A number that has more digits than the template is printed as # for each digit.
create or replace macro pg_integer_digits(amount, size, zeros) as
    case when length(ltrim(split_part(amount, '.', 1), '0')) > size then repeat('#', size)
        else lpad(lpad(ltrim(split_part(amount, '.', 1), '0'),
            greatest(zeros, length(ltrim(split_part(amount, '.', 1), '0')))::integer, '0'), size, ' ') end;

create or replace macro pg_fraction_digits(amount, size, scale, minimum) as
    '.' || case when length(ltrim(split_part(amount, '.', 1), '0')) > size then repeat('#', scale)
        else split_part(amount, '.', 2)[1:minimum] || rtrim(substr(split_part(amount, '.', 2), minimum + 1), '0') end;

create or replace macro pg_with_sign_padded(amount, body, size, before, negative, after, last) as
    lpad(case when amount < 0 then negative else before end || ltrim(body, ' '), size, ' ')
    || case when amount < 0 then last else after end;

create or replace macro pg_with_sign(amount, body, before, negative, after, last) as
    case when amount < 0 then negative else before end || case body when '.' then '0.' else body end || case when amount < 0 then last else after end;
