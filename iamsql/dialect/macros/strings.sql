-- String functions.

-- In PostgreSQL, positions below 1 are before the string. DuckDB counts them from the end of the string.
create or replace macro pg_substr(string, start) as case when start is not null then substr(string, greatest(start, 1)) end;

create or replace macro pg_substring(string, start, size) as
    case when start is null or size is null then null
        when size < 0 then error('The length in substring is negative.')
        when start >= 1 then substr(string, start, size)
        else substr(string, 1, greatest(size + start - 1, 0)) end;

-- DuckDB has no initcap. A word is a sequence of letters and digits.
create or replace macro pg_initcap(string) as
    array_to_string(
        list_transform(
            regexp_extract_all(lower(string), '[\p{L}\p{M}\p{N}]+|[^\p{L}\p{M}\p{N}]+'),
            lambda word_: upper(word_[1]) || substr(word_, 2)),
        '');

-- DuckDB raises an error for an empty fill. PostgreSQL only truncates the string.
create or replace macro pg_lpad(string, size, fill := ' ') as
    case when fill = '' then left(string, greatest(size, 0))
        when size is not null then lpad(string, greatest(size, 0)::integer, fill) end;

create or replace macro pg_rpad(string, size, fill := ' ') as
    case when fill = '' then left(string, greatest(size, 0))
        when size is not null then rpad(string, greatest(size, 0)::integer, fill) end;

-- By default the trim functions of DuckDB remove every space separator of Unicode, such as a no-break space.
create or replace macro pg_btrim(string, characters := ' ') as trim(string, characters);
create or replace macro pg_ltrim(string, characters := ' ') as ltrim(string, characters);
create or replace macro pg_rtrim(string, characters := ' ') as rtrim(string, characters);

-- PostgreSQL does not split a string at an empty delimiter. DuckDB splits it into characters.
create or replace macro pg_split_part(string, delimiter, position) as
    case when position = 0 then error('The position in split_part must not be zero.')
        when delimiter = '' then case when abs(position) = 1 then string when string is not null then '' end
        else split_part(string, delimiter, position) end;

create or replace macro pg_position(part, string) as strpos(string, part);
