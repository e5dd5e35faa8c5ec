-- Regular expressions, also with patterns that are known at run time: syntax with another meaning in RE2 is an error.

create or replace macro pg_regex_ascii(subject) as
    case when regexp_matches(subject, '[^\x00-\x7F]')
        then error('iamsql supports word boundaries (\m, \M, \y) in ASCII text only, and this text has other characters.')
        else subject end;

create or replace macro pg_regex_checked(pattern) as
    case when regexp_matches(pattern, '\\[A-CE-Za-ce-z0-9]|\(\?|\[\[|^\*\*\*|[*+?}][*+]')
        then error('iamsql supports a pattern with escapes, classes or groups such as \w, [[:alpha:]] or (?: as a string literal only: ' || pattern)
        else pattern end;

create or replace macro pg_regex_search(subject, pattern, flags) as regexp_matches(subject, flags || pg_regex_checked(pattern));

-- (?s), because the dot of PostgreSQL matches a newline too.
create or replace macro pg_regex_extractable(pattern) as
    case when regexp_matches(pattern, '[|()]|[*+?}]\?')
        then error('iamsql supports extraction with groups, branches or lazy quantifiers for a pattern that is a string literal only: ' || pattern)
        else '(?s)' || pg_regex_checked(pattern) end;

-- regexp_extract returns an empty text without a match, PostgreSQL NULL.
create or replace macro pg_regex_first(subject, pattern) as
    case when regexp_matches(subject, pattern) then regexp_extract(subject, pattern) end;

-- regexp_extract_all returns NULL for a group that took no part in a match, regexp_extract an empty text.
create or replace macro pg_regex_group(subject, pattern, place) as regexp_extract_all(subject, pattern, place)[1];

create or replace macro pg_regex_rows(columns) as
    list_transform([columns], lambda args_:
        list_transform(range(1, len(args_[1]) + 1), lambda position_: list_transform(args_, lambda element_: element_[position_])))[1];

-- The entire match is \& in PostgreSQL and \0 in RE2.
create or replace macro pg_regex_replacement(string) as
    case when contains(string, '\') and not regexp_full_match(string, '(?:[^\\]|\\&)*')
        then error('iamsql supports a replacement with a backslash as a string literal only: ' || string)
        else replace(string, '\&', '\0') end;

create or replace macro pg_characters(subject) as case when subject = '' then [''] else string_split(subject, '') end
