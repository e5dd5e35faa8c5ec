-- Functions of text and bytea.

-- Positions below 1 are before the text; DuckDB counts them from its end.
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

-- DuckDB has an error for an empty fill, and PostgreSQL then only shortens the text.
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

-- An empty delimiter does not split in PostgreSQL; DuckDB splits into characters.
create or replace macro pg_split_part(string, delimiter, place) as
    case when place = 0 then error('The position in split_part must not be zero.')
        when delimiter = '' then case when abs(place) = 1 then string when string is not null then '' end
        else split_part(string, delimiter, place) end;

create or replace macro pg_position(part, string) as strpos(string, part);

create or replace macro pg_overlay(string, new_value, start, size) as
    case when start < 1 then error('The start of overlay must be at least 1.')
        else left(string, start - 1) || new_value || substr(string, greatest(start + size, 1)) end;

create or replace macro pg_quote_ident(string) as
    case when regexp_full_match(string, '[a-z_][a-z0-9_]*') and not list_contains(pg_keywords(), string)
        then string
        else '"' || replace(string, '"', '""') || '"' end;

-- The keywords of PostgreSQL 15 except the unreserved ones, which are the words that quote_ident quotes.
create or replace macro pg_keywords() as [
    'all', 'analyse', 'analyze', 'and', 'any', 'array', 'as', 'asc', 'asymmetric', 'authorization', 'between', 'bigint', 'binary', 'bit',
    'boolean', 'both', 'case', 'cast', 'char', 'character', 'check', 'coalesce', 'collate', 'collation', 'column', 'concurrently',
    'constraint', 'create', 'cross', 'current_catalog', 'current_date', 'current_role', 'current_schema', 'current_time',
    'current_timestamp', 'current_user', 'dec', 'decimal', 'default', 'deferrable', 'desc', 'distinct', 'do', 'else', 'end', 'except',
    'exists', 'extract', 'false', 'fetch', 'float', 'for', 'foreign', 'freeze', 'from', 'full', 'grant', 'greatest', 'group', 'grouping',
    'having', 'ilike', 'in', 'initially', 'inner', 'inout', 'int', 'integer', 'intersect', 'interval', 'into', 'is', 'isnull', 'join',
    'lateral', 'leading', 'least', 'left', 'like', 'limit', 'localtime', 'localtimestamp', 'national', 'natural', 'nchar', 'none',
    'normalize', 'not', 'notnull', 'null', 'nullif', 'numeric', 'offset', 'on', 'only', 'or', 'order', 'out', 'outer', 'overlaps',
    'overlay', 'placing', 'position', 'precision', 'primary', 'real', 'references', 'returning', 'right', 'row', 'select', 'session_user',
    'setof', 'similar', 'smallint', 'some', 'substring', 'symmetric', 'system_user', 'table', 'tablesample', 'then', 'time', 'timestamp',
    'to', 'trailing', 'treat', 'trim', 'true', 'union', 'unique', 'user', 'using', 'values', 'varchar', 'variadic', 'verbose', 'when',
    'where', 'window', 'with', 'xmlattributes', 'xmlconcat', 'xmlelement', 'xmlexists', 'xmlforest', 'xmlnamespaces', 'xmlparse',
    'xmlpi', 'xmlroot', 'xmlserialize', 'xmltable'];

-- E'…' is needed where the setting standard_conforming_strings may be off.
create or replace macro pg_quote_literal(string) as
    case when contains(string, '\') then 'E' else '' end || '''' || replace(replace(string, '\', '\\'), '''', '''''') || '''';

create or replace macro pg_format_name(string) as
    coalesce(pg_quote_ident(string), error('format cannot write NULL as an identifier (%I).'));

-- encode() breaks lines after 76 characters as MIME does, and decode() ignores white space. DuckDB does neither.
create or replace macro pg_base64(bytes) as
    regexp_replace(to_base64(bytes), '([A-Za-z0-9+/]{76})', E'\\1\n', 'g');

create or replace macro pg_from_base64(string) as from_base64(regexp_replace(string, '\s', '', 'g'));

create or replace macro pg_hex(bytes) as lower(hex(bytes));

-- The format escape has octal codes for other bytes, which DuckDB does not print.
create or replace macro pg_escaped(bytes) as
    case when regexp_matches(hex(bytes), '^(?:[0-9A-F]{2})*(?:00|[89A-F][0-9A-F]|5C)')
        then error('encode to escape is supported for ASCII text without backslashes only.')
        else decode(bytes) end;

create or replace macro pg_bytea(string) as
    case when starts_with(string, '\x') then unhex(substr(string, 3))
        when contains(string, '\') then error('A text with backslashes cannot be cast to bytea; write it as \x and hexadecimal digits.')
        else encode(string) end;

create or replace macro pg_format_padded(string, size, at_left) as
    case when length(string) >= size then string
        when at_left then string || repeat(' ', size - length(string))
        else repeat(' ', size - length(string)) || string end;
