-- Searches with a regular expression that is known only at run time. Syntax with another meaning in RE2 is an error. The flags
-- precede the pattern.
create or replace macro pg_regex_search(subject, pattern, flags) as regexp_matches(subject, flags ||
    case when regexp_matches(pattern, '\\[A-CE-Za-ce-z0-9]|\(\?|\[\[|^\*\*\*|[*+?}][*+]')
        then error('iamsql supports a pattern with escapes, classes or groups such as \w, [[:alpha:]] or (?: as a string literal only: ' || pattern)
        else pattern end);

-- Without a match, regexp_extract returns an empty string. PostgreSQL returns NULL.
create or replace macro pg_regex_group(subject, pattern) as regexp_extract_all(subject, pattern, 1)[1];
